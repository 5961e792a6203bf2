// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

/**
 * Mutable map from text to text of an event, or absent; its entries are reused. It is encoded in the order of the calls
 * and does not look for equal keys: the caller gives each key once.
 */
public final class TextMap {
    private final TextList keys = new TextList();
    private final TextList values = new TextList();

    /** Makes it absent. */
    public void clear() {
        keys.clear();
        values.clear();
    }

    /** Makes it present and empty. */
    public void begin() {
        keys.begin();
        values.begin();
    }

    public boolean isPresent() {
        return keys.isPresent();
    }

    public int size() {
        return keys.size();
    }

    public void put(String key, String value) {
        keys.add().set(key);
        values.add().set(value);
    }

    /** Refers to both texts. */
    public void put(ConstantText key, ConstantText value) {
        keys.add().set(key);
        values.add().set(value);
    }

    /** Takes over the other's entries, or its absence; refers to its texts. */
    public void set(TextMap other) {
        keys.set(other.keys);
        values.set(other.values);
    }

    public Text key(int index) {
        return keys.get(index);
    }

    public Text value(int index) {
        return values.get(index);
    }
}

// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Mutable list of texts of an event, or absent; its elements are reused. */
public final class TextList {
    private final List<Text> texts = new ArrayList<>();
    private int size;
    private boolean present;

    /** Makes it absent. */
    public void clear() {
        present = false;
        size = 0;
    }

    /** Makes it present and empty. */
    public void begin() {
        present = true;
        size = 0;
    }

    public boolean isPresent() {
        return present;
    }

    public int size() {
        return size;
    }

    /** Appends an empty text, to be set by the caller, and makes the list present. */
    public Text add() {
        present = true;
        if (size == texts.size()) {
            texts.add(new Text());
        }
        Text text = texts.get(size++);
        text.clear();
        return text;
    }

    /** Takes over the other's texts, or its absence; refers to them. */
    public void set(TextList other) {
        clear();
        present = other.present;
        for (int i = 0; i < other.size; i++) {
            add().set(other.texts.get(i));
        }
    }

    public Text get(int index) {
        return texts.get(Objects.checkIndex(index, size));
    }
}

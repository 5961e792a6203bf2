// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which build this is, for {@code --version}, the log at start and the metric of the build. */
public final class Version {
    private static final Properties BUILD = load();

    private Version() {}

    /** For example {@code 0.1.0}. */
    public static String number() {
        return BUILD.getProperty("version", "");
    }

    /**
     * The commit that was built, abbreviated, with {@code -dirty} appended where the tree differed from it; empty for a
     * build from sources without their history.
     */
    public static String commit() {
        return commit(BUILD.getProperty("commit", ""), BUILD.getProperty("dirty", ""));
    }

    /** Number and commit in one line, for example {@code 0.1.0 (1f4b86f)}. */
    public static String text() {
        return commit().isEmpty() ? number() : number() + " (" + commit() + ")";
    }

    static String commit(String id, String dirty) {
        // The build leaves the placeholder as it is where it knows nothing
        if (id.isEmpty() || id.startsWith("$")) {
            return "";
        }
        return dirty.equals("true") ? id + "-dirty" : id;
    }

    private static Properties load() {
        Properties properties = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties;
    }
}

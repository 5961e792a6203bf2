// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.events;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.apache.avro.Schema;

/** Files of this module, from its root: where Maven runs its tests. */
final class SchemaFiles {
    static final Path CURRENT = Path.of("src/main/avro/ProcessSignalEvent.avsc");
    static final Path RELEASED = Path.of("released");
    static final Path CONTRACT = Path.of("CONTRACT.md");

    /** Runs a test of this module so that it writes what it otherwise checks. */
    static String writeCommand(String test) {
        return "mvn -q -B -pl schemas test -Dtest=" + test + " -Dschemas.write=true";
    }

    static boolean write() {
        return Boolean.getBoolean("schemas.write");
    }

    /** The schema as it stands in its file: the generated class adds properties for Java. */
    static Schema current() {
        try {
            return new Schema.Parser().parse(CURRENT.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private SchemaFiles() {}
}

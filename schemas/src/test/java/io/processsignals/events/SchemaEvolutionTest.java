// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** FULL_TRANSITIVE, as the registry checks it: every version reads every other one. */
class SchemaEvolutionTest {
    private static final Pattern VERSION = Pattern.compile("ProcessSignalEvent-([1-9][0-9]*)\\.avsc");
    private static final Schema SCHEMA = SchemaFiles.current();

    @Test
    void readsAndIsReadByEveryVersion() throws IOException {
        Map<Integer, Path> versions = versions();
        assertThat(versions).isNotEmpty();
        for (Path file : versions.values()) {
            assertThat(incompatibilities(SCHEMA, parse(Files.readString(file))))
                    .as("incompatible with %s: undo the change, or begin a topic .v2", file)
                    .isEmpty();
        }
    }

    @Test
    void theNewestVersionIsTheCurrentSchema() throws IOException {
        NavigableMap<Integer, Path> versions = versions();
        Map.Entry<Integer, Path> newest = versions.lastEntry();
        String current = Files.readString(SchemaFiles.CURRENT);
        if (current.equals(Files.readString(newest.getValue()))) {
            return;
        }
        boolean published =
                checksums().containsKey(newest.getValue().getFileName().toString());
        Path draft = published
                ? SchemaFiles.RELEASED.resolve("ProcessSignalEvent-" + (newest.getKey() + 1) + ".avsc")
                : newest.getValue();
        if (SchemaFiles.write()) {
            Files.writeString(draft, current);
            return;
        }
        fail(
                "the schema changed: write it to schemas/%s by%n    %s",
                draft, SchemaFiles.writeCommand("SchemaEvolutionTest"));
    }

    @Test
    void publishedVersionsNeverChange() throws IOException {
        for (Map.Entry<String, String> published : checksums().entrySet()) {
            assertThat(sha256(SchemaFiles.RELEASED.resolve(published.getKey())))
                    .as("%s was published and is frozen: restore it", published.getKey())
                    .isEqualTo(published.getValue());
        }
    }

    @Test
    void atMostTheNewestVersionIsADraft() throws IOException {
        NavigableMap<Integer, Path> versions = versions();
        Map<String, String> published = checksums();
        versions.headMap(versions.lastKey())
                .values()
                .forEach(file -> assertThat(published)
                        .as("publish it as SHA256SUMS says")
                        .containsKey(file.getFileName().toString()));
        assertThat(versions.keySet())
                .as("versions count from 1")
                .containsExactlyElementsOf(
                        Stream.iterate(1, n -> n + 1).limit(versions.size()).toList());
    }

    /** The check itself can fail. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "a field without a default       | {\"name\":\"node\",  | {\"name\":\"extra\",\"type\":\"int\"},{\"name\":\"node\",",
                "a field without default renamed | {\"name\":\"node\",  | {\"name\":\"host\",",
                "int to long                     | {\"name\":\"cpu\",\"type\":\"int\" | {\"name\":\"cpu\",\"type\":\"long\"",
                "nullable to required            | {\"name\":\"cluster\",\"type\":[\"null\",\"string\"],\"doc\":\"name of the cluster, if configured\",\"default\":null} | {\"name\":\"cluster\",\"type\":\"string\",\"default\":\"\"}",
            })
    void incompatibleChangesAreFound(String change, String from, String to) {
        String json = SCHEMA.toString();
        assertThat(json).as("the example is out of date").contains(from);

        assertThat(incompatibilities(parse(json.replace(from, to)), SCHEMA))
                .as(change)
                .isNotEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "a field with a default | {\"name\":\"node\",      | {\"name\":\"extra\",\"type\":\"int\",\"default\":0},{\"name\":\"node\",",
                "an enum symbol         | \"EVENTS_SUPPRESSED\"] | \"EVENTS_SUPPRESSED\",\"FROM_THE_FUTURE\"]",
            })
    void compatibleChangesPass(String change, String from, String to) {
        String json = SCHEMA.toString();
        assertThat(json).as("the example is out of date").contains(from);

        assertThat(incompatibilities(parse(json.replace(from, to)), SCHEMA))
                .as(change)
                .isEmpty();
    }

    private static List<String> incompatibilities(Schema one, Schema other) {
        return Stream.of(
                        SchemaCompatibility.checkReaderWriterCompatibility(one, other),
                        SchemaCompatibility.checkReaderWriterCompatibility(other, one))
                .filter(pair -> pair.getType() != SchemaCompatibilityType.COMPATIBLE)
                .flatMap(pair -> pair.getResult().getIncompatibilities().stream())
                .map(problem -> problem.getType() + " at " + problem.getLocation() + ": " + problem.getMessage())
                .toList();
    }

    private static NavigableMap<Integer, Path> versions() throws IOException {
        NavigableMap<Integer, Path> versions = new TreeMap<>();
        try (Stream<Path> files = Files.list(SchemaFiles.RELEASED)) {
            for (Path file : files.toList()) {
                Matcher name = VERSION.matcher(file.getFileName().toString());
                if (name.matches()) {
                    versions.put(Integer.valueOf(name.group(1)), file);
                }
            }
        }
        return versions;
    }

    /** File name to checksum. */
    private static Map<String, String> checksums() throws IOException {
        Map<String, String> checksums = new LinkedHashMap<>();
        for (String line : Files.readAllLines(SchemaFiles.RELEASED.resolve("SHA256SUMS"))) {
            if (!line.startsWith("#")) {
                String[] columns = line.split("  ", 2);
                checksums.put(columns[1], columns[0]);
            }
        }
        return checksums;
    }

    private static String sha256(Path file) throws IOException {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Schema parse(String json) {
        return new Schema.Parser().parse(json);
    }
}

// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.Schema;

/**
 * Reads {@link EventDetails} out of an event's Avro bytes and passes over all else. Made for one version of the schema;
 * fields that it does not have are as if absent. Not thread-safe.
 */
final class DetailDecoder {
    private static final Set<String> GROUPS = Set.of("container", "exitInfo", "signalInfo");

    private final EventDetails details = new EventDetails();
    private final Step[] steps;

    /** Passes over one value. */
    private interface Step {
        void pass(AvroCursor in);
    }

    private DetailDecoder(Schema writer, int firstField) {
        List<Step> all = new ArrayList<>();
        int needed = 0;
        for (Schema.Field field :
                writer.getFields().subList(firstField, writer.getFields().size())) {
            all.add(step(field.schema(), field.name(), Set.of()));
            if (GROUPS.contains(field.name())) {
                needed = all.size();
            }
        }
        steps = all.subList(0, needed).toArray(Step[]::new);
    }

    /**
     * @param firstField where the cursor will be
     * @return empty if the schema is not one that this class can read
     */
    static Optional<DetailDecoder> of(Schema writer, int firstField) {
        try {
            return Optional.of(new DetailDecoder(writer, firstField));
        } catch (UnsupportedOperationException e) {
            return Optional.empty();
        }
    }

    /**
     * @return the same object each time
     * @throws IndexOutOfBoundsException if the bytes are no event
     */
    EventDetails decode(AvroCursor in) {
        details.clear();
        for (Step step : steps) {
            step.pass(in);
        }
        return details;
    }

    /** @param above records that this one is in */
    private Step step(Schema schema, String path, Set<String> above) {
        return switch (schema.getType()) {
            case NULL -> in -> {};
            case BOOLEAN -> path.equals("signalInfo.fatal") ? in -> details.fatal = in.flag() : in -> in.pass(1);
            case INT, LONG, ENUM -> number(path);
            case FLOAT -> in -> in.pass(4);
            case DOUBLE -> in -> in.pass(8);
            case STRING, BYTES -> text(path);
            case FIXED -> {
                int size = schema.getFixedSize();
                yield in -> in.pass(size);
            }
            case UNION -> {
                Step[] branches = schema.getTypes().stream()
                        .map(branch -> step(branch, path, above))
                        .toArray(Step[]::new);
                yield in -> branches[(int) in.number()].pass(in);
            }
            case RECORD -> {
                Set<String> within = new HashSet<>(above);
                if (!within.add(schema.getFullName())) {
                    throw new UnsupportedOperationException("a record within itself: " + schema.getFullName());
                }
                Step[] fields = schema.getFields().stream()
                        .map(field -> step(field.schema(), path + "." + field.name(), within))
                        .toArray(Step[]::new);
                yield in -> {
                    for (Step field : fields) {
                        field.pass(in);
                    }
                };
            }
            case ARRAY -> blocks(step(schema.getElementType(), path + "[]", above));
            case MAP -> {
                Step value = step(schema.getValueType(), path + "[]", above);
                yield blocks(in -> {
                    in.passText();
                    value.pass(in);
                });
            }
        };
    }

    private Step number(String path) {
        return switch (path) {
            case "exitInfo.code" -> in -> details.exitCode = (int) in.number();
            case "exitInfo.signal" -> in -> details.exitSignal = (int) in.number();
            case "signalInfo.signal" -> in -> details.sentSignal = (int) in.number();
            default -> AvroCursor::passNumber;
        };
    }

    private Step text(String path) {
        return switch (path) {
            case "container.containerId" -> in -> details.containerId = in.text();
            case "container.podNamespace" -> in -> details.podNamespace = in.text();
            case "container.podName" -> in -> details.podName = in.text();
            default -> AvroCursor::passText;
        };
    }

    private static Step blocks(Step item) {
        return in -> {
            for (long count = in.number(); count != 0; count = in.number()) {
                if (count < 0) {
                    in.pass(in.number());
                    continue;
                }
                in.require(count);
                for (long i = 0; i < count; i++) {
                    item.pass(in);
                }
            }
        };
    }
}

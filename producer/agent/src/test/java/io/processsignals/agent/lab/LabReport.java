// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.lab;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * One line of the lab: the ground truth of one death, or why there was none. The format is described in
 * {@code src/test/lab/README.md}.
 */
record LabReport(JsonNode json) {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    static LabReport parse(String line) {
        try {
            return new LabReport(MAPPER.readTree(line));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not a line of the lab: " + line, e);
        }
    }

    String outcome() {
        return json.path("outcome").asText();
    }

    boolean died() {
        return outcome().equals("died");
    }

    String kind() {
        return json.path("kind").asText();
    }

    String what() {
        return json.path("what").asText();
    }

    String part() {
        return json.path("part").asText();
    }

    String reason() {
        return json.path("reason").asText();
    }

    /** Identifies the scene within one lab. */
    String scene() {
        return json.path("lab").asInt() + "/" + json.path("run").asInt();
    }

    Person victim() {
        return new Person(json.path("victim"));
    }

    /** Real parent when it died; 0: not told. */
    int ppid() {
        return json.path("ppid").asInt();
    }

    int nsPid() {
        return json.path("nsPid").asInt();
    }

    long diedBeforeMicros() {
        return json.path("diedBeforeNs").asLong() / 1000;
    }

    int waitStatus() {
        return json.path("waitStatus").asInt();
    }

    long cpuMicros() {
        return json.path("userUs").asLong() + json.path("systemUs").asLong();
    }

    long maxRssBytes() {
        return json.path("maxRssKb").asLong() * 1024;
    }

    boolean hasCause() {
        return json.has("cause");
    }

    Cause cause() {
        return new Cause(json.path("cause"));
    }

    List<ExpectedSignal> signals() {
        List<ExpectedSignal> signals = new ArrayList<>();
        json.path("signals").forEach(signal -> signals.add(new ExpectedSignal(signal)));
        return signals;
    }

    boolean hasOomKill() {
        return json.has("oomKill");
    }

    JsonNode oomKill() {
        return json.path("oomKill");
    }

    /** Path of its cgroup, where the scene put it into one; else empty. */
    String cgroup() {
        return json.path("cgroup").asText();
    }

    /** Bytes of the arguments of its exec; empty: not told. */
    List<byte[]> arguments() {
        List<byte[]> arguments = new ArrayList<>();
        json.path("argumentsHex").forEach(hex -> arguments.add(HexFormat.of().parseHex(hex.asText())));
        return arguments;
    }

    /** A process that the lab cast: the victim, a killer, a trigger. */
    record Person(JsonNode json) {
        int tgid() {
            return json.path("tgid").asInt();
        }

        long uid() {
            return json.path("uid").asLong();
        }

        String commHex() {
            return json.path("commHex").asText();
        }

        /** comm of the parent that the lab gave it; empty: not told. */
        String parentCommHex() {
            return json.path("parentCommHex").asText();
        }

        /** Whether a process that was created at this time, microseconds of CLOCK_BOOTTIME, can be this one. */
        boolean wasBornAt(long startTimeMicros) {
            return startTimeMicros >= json.path("bornAfterNs").asLong() / 1000
                    && startTimeMicros <= json.path("bornBeforeNs").asLong() / 1000;
        }

        long bornAfterMicros() {
            return json.path("bornAfterNs").asLong() / 1000;
        }

        long bornBeforeMicros() {
            return json.path("bornBeforeNs").asLong() / 1000;
        }
    }

    /** The signal that ended it, or could have. */
    record Cause(JsonNode json) {
        int signal() {
            return json.path("signal").asInt();
        }

        int siCode() {
            return json.path("siCode").asInt();
        }

        String origin() {
            return json.path("origin").asText();
        }

        boolean group() {
            return json.path("group").asBoolean();
        }

        boolean oom() {
            return json.path("oom").asBoolean();
        }

        /** One of these sent it; empty: no process did. */
        List<Person> senders() {
            List<Person> senders = new ArrayList<>();
            json.path("senders").forEach(sender -> senders.add(new Person(sender)));
            return senders;
        }

        boolean hasContext() {
            return json.has("context");
        }

        Person context() {
            return new Person(json.path("context"));
        }

        /** What the kernel's evidence may leave open, in words of the lab. */
        List<String> open() {
            List<String> open = new ArrayList<>();
            json.path("open").forEach(word -> open.add(word.asText()));
            return open;
        }

        /** Whether the kernel's evidence may leave this open. */
        boolean open(String what) {
            return contains(json.path("open"), what);
        }
    }

    /** A SIGNAL_SENT event about the victim, or several alike. */
    record ExpectedSignal(JsonNode json) {
        Cause by() {
            return new Cause(json);
        }

        boolean hasResult(String result) {
            return contains(json.path("results"), result);
        }

        boolean hasDisposition(String disposition) {
            return contains(json.path("dispositions"), disposition);
        }

        boolean agreesWithFatal(boolean fatal) {
            return !json.has("fatal") || json.path("fatal").asBoolean() == fatal;
        }

        int atLeast() {
            return json.path("atLeast").asInt();
        }

        int atMost() {
            return json.path("atMost").asInt();
        }
    }

    private static boolean contains(JsonNode array, String text) {
        for (JsonNode element : array) {
            if (element.asText().equals(text)) {
                return true;
            }
        }
        return false;
    }
}

// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.processsignals.events.EventType;
import io.processsignals.postmortem.source.EventDecoder;
import io.processsignals.postmortem.source.EventRecord;
import io.processsignals.postmortem.source.Prefilter;
import io.processsignals.postmortem.source.RegistryClient;
import io.processsignals.postmortem.source.TopicAddress;
import io.processsignals.postmortem.source.TopicSource;
import io.processsignals.postmortem.source.Window;
import io.processsignals.postmortem.why.Confidence;
import io.processsignals.postmortem.why.Death;
import io.processsignals.postmortem.why.Finding;
import io.processsignals.postmortem.why.Incident;
import io.processsignals.postmortem.why.Verdict;
import java.io.BufferedReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every kind of death that the death lab knows, read back from Kafka: the verdict is right or none, also when records
 * are missing. What is right is derived from the lab's own account of who did what, not from events.
 */
@Timeout(1200)
class WhyIT {
    private static final Path LAB_SOURCE = Path.of("../agent/src/test/lab");
    private static final Path LAB = Path.of("target/deathlab");
    private static final Path TABLE = Path.of("target/why.txt");
    private static final int ROUNDS = 20;
    private static final double REMOVED = 0.05;
    private static final Set<Integer> FAULTS = Set.of(4, 5, 6, 7, 8, 11, 31);

    private static final ObjectMapper JSON = new ObjectMapper();

    /** What became of one kind. */
    private static final class Row {
        private final Map<String, Integer> whole = new TreeMap<>();
        private final Map<String, Integer> lossy = new TreeMap<>();
        private final Set<Verdict> expected = new HashSet<>();
        private int wrong;
        private int undroppedConfidence;

        @Override
        public String toString() {
            return "expected " + expected + ", given " + whole + ", with records removed " + lossy;
        }
    }

    @Test
    void everyVerdictIsRightOrNone() throws Exception {
        KernelAccess.require();
        List<JsonNode> truths = new ArrayList<>();
        List<EventRecord> records;
        Process make = new ProcessBuilder("make", "-s", "-C", LAB_SOURCE.toString(), "OUT=" + LAB.toAbsolutePath())
                .inheritIO()
                .start();
        assertThat(make.waitFor()).as("make of the death lab").isZero();
        Instant begin = Instant.now().minusSeconds(60);
        Process lab = new ProcessBuilder(
                        LAB.resolve("deathlab").toAbsolutePath().toString(), "--hold")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader lines = lab.inputReader(StandardCharsets.UTF_8)) {
            assertThat(lines.readLine()).contains("ready");
            try (Quickstart quickstart = Quickstart.start(Quickstart.Ports.free(), Map.of())) {
                quickstart.awaitReady();
                lab.getOutputStream().write('\n');
                lab.getOutputStream().close();
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    JsonNode truth = JSON.readTree(line);
                    if (truth.path("outcome").asText().equals("died")) {
                        truths.add(truth);
                    }
                }
                // Counters go on: a hole at the very end of a sequence could not be seen.
                for (int i = 0; i < 200; i++) {
                    new ProcessBuilder("true").start().waitFor();
                }
                records = read(quickstart, begin, tgids(truths));
            }
        } finally {
            lab.destroyForcibly();
        }
        Map<String, Row> rows = new TreeMap<>();
        judge(truths, records, rows, false);
        Random random = new Random(20_261_123);
        for (int round = 0; round < ROUNDS; round++) {
            List<EventRecord> left = new ArrayList<>(records);
            left.removeIf(record -> random.nextDouble() < REMOVED);
            judge(truths, left, rows, true);
        }
        String table = table(rows);
        Files.writeString(TABLE, table);
        new PrintStream(System.out, true, StandardCharsets.UTF_8).println(table);

        assertThat(rows).hasSizeGreaterThan(40);
        assertThat(rows.entrySet().stream().filter(row -> row.getValue().wrong > 0))
                .as("wrong verdicts")
                .isEmpty();
        assertThat(rows.entrySet().stream().filter(row -> row.getValue().undroppedConfidence > 0))
                .as("high confidence although records are missing")
                .isEmpty();
    }

    private static Set<Integer> tgids(List<JsonNode> truths) {
        Set<Integer> tgids = new HashSet<>();
        truths.forEach(truth -> tgids.add(truth.path("victim").path("tgid").asInt()));
        return tgids;
    }

    private static void judge(List<JsonNode> truths, List<EventRecord> records, Map<String, Row> rows, boolean lossy) {
        Incident incident = Incident.of(records);
        Map<Integer, List<Death>> deaths = new HashMap<>();
        for (Death death : incident.deaths()) {
            deaths.computeIfAbsent(death.process().tgid(), tgid -> new ArrayList<>())
                    .add(death);
        }
        for (JsonNode truth : truths) {
            Row row = rows.computeIfAbsent(truth.path("kind").asText(), kind -> new Row());
            Verdict expected = expected(truth);
            row.expected.add(expected);
            JsonNode victim = truth.path("victim");
            Finding finding = deaths.getOrDefault(victim.path("tgid").asInt(), List.of()).stream()
                    .filter(death -> death.process().startTime()
                                    >= victim.path("bornAfterNs").asLong() / 1_000
                            && death.process().startTime()
                                    <= victim.path("bornBeforeNs").asLong() / 1_000)
                    .findFirst()
                    .map(incident::judge)
                    .orElse(null);
            String given = finding == null ? "no death seen" : finding.verdict() + " " + finding.confidence();
            (lossy ? row.lossy : row.whole).merge(given, 1, Integer::sum);
            if (finding == null) {
                row.wrong += lossy ? 0 : 1;
                continue;
            }
            boolean right = finding.verdict() == expected || (!finding.verdict().isKnown() && mayBeOpen(truth, lossy));
            row.wrong += right ? 0 : 1;
            row.undroppedConfidence += lossy && finding.confidence() == Confidence.HIGH ? 1 : 0;
        }
    }

    /** Whether the kernel's evidence may not suffice; with records missing it may always be so. */
    private static boolean mayBeOpen(JsonNode truth, boolean lossy) {
        JsonNode cause = truth.path("cause");
        return lossy
                || cause.path("oom").asBoolean()
                || !cause.path("open").isEmpty()
                || (cause.path("origin").asText().equals("TIMER") && KernelAccess.timersMayBeUnseen());
    }

    /** From who did what, as the lab knows it. */
    private static Verdict expected(JsonNode truth) {
        JsonNode cause = truth.path("cause");
        int status = truth.path("waitStatus").asInt();
        if ((status & 0x7f) == 0) {
            return Verdict.SELF_EXIT;
        }
        if (cause.isMissingNode()) {
            return Verdict.UNKNOWN;
        }
        if (cause.path("oom").asBoolean()) {
            JsonNode oom = truth.path("oomKill");
            return oom.path("limitingCgroup").equals(oom.path("victimCgroup"))
                    ? Verdict.OOM_MEMCG_SELF
                    : Verdict.OOM_MEMCG_ANCESTOR;
        }
        int signal = cause.path("signal").asInt();
        if (!cause.path("senders").isEmpty()) {
            JsonNode killer = cause.path("senders").get(0);
            int sender = killer.path("tgid").asInt();
            if (sender == truth.path("victim").path("tgid").asInt()) {
                return FAULTS.contains(signal) ? Verdict.SELF_FAULT : Verdict.SELF_EXIT;
            }
            // A parent that ended at once is not its parent any more when it dies. Names in the lab are unique.
            boolean parent = sender == truth.path("ppid").asInt()
                    || killer.path("commHex").equals(truth.path("victim").path("parentCommHex"));
            return parent ? Verdict.PARENT_KILL : Verdict.USER_KILL;
        }
        return switch (cause.path("origin").asText()) {
            case "PIDNS_TEARDOWN" -> Verdict.PIDNS_TEARDOWN;
            case "PARENT_DEATH" -> Verdict.PARENT_KILL;
            case "FAULT", "TIMER", "IO" -> Verdict.SELF_FAULT;
            case "KERNEL" ->
                switch (signal) {
                    case 2, 3 -> Verdict.USER_KILL;
                    case 24, 25 -> Verdict.SELF_FAULT;
                    default -> Verdict.UNKNOWN;
                };
            default -> Verdict.UNKNOWN;
        };
    }

    /** All of the topic, once every victim's exit is in it. */
    private static List<EventRecord> read(Quickstart quickstart, Instant begin, Set<Integer> awaited) throws Exception {
        Instant deadline = Instant.now().plusSeconds(120);
        while (true) {
            List<EventRecord> records = new ArrayList<>();
            Set<Integer> missing = new HashSet<>(awaited);
            EventDecoder decoder = new EventDecoder(new RegistryClient(quickstart.registryUrl(), Map.of()));
            TopicAddress address =
                    new TopicAddress(quickstart.bootstrapServers(), TopicAddress.DEFAULT_TOPIC, Map.of());
            try (TopicSource topic = TopicSource.open(address, decoder)) {
                topic.read(
                        new Window(begin, Instant.now(), Duration.ofMinutes(1)), () -> new Prefilter() {}, stored -> {
                            records.add(stored.record());
                            if (stored.record().event().getEventType() == EventType.PROCESS_EXIT) {
                                missing.remove(stored.record().event().getTgid());
                            }
                            return true;
                        });
            }
            if (missing.isEmpty() || Instant.now().isAfter(deadline)) {
                assertThat(missing).as("victims without an exit").isEmpty();
                return records;
            }
            Thread.sleep(1_000);
        }
    }

    private static String table(Map<String, Row> rows) {
        StringBuilder text = new StringBuilder();
        text.append(String.format("%-22s %-40s %-50s %s%n", "KIND", "EXPECTED", "GIVEN", "WITH 5% REMOVED"));
        rows.forEach((kind, row) -> text.append(String.format(
                "%-22s %-40s %-50s %s%s%n",
                kind, row.expected, row.whole, row.lossy, row.wrong > 0 ? "  <-- WRONG " + row.wrong : "")));
        return text.toString();
    }
}

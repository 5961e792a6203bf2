// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.processsignals.agent.capture.NativeCapture;
import io.processsignals.agent.faults.Command;
import io.processsignals.agent.faults.FaultTable;
import io.processsignals.agent.faults.SequenceAudit;
import io.processsignals.agent.faults.Storm;
import io.processsignals.agent.identity.ClockPair;
import io.processsignals.agent.registry.RegistryServer;
import io.processsignals.agent.registry.RegistryServer.Response;
import io.processsignals.embedded.EmbeddedKafka;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The agent itself ends in every way, with pinned programs and under load: each event is in the topic once or counted
 * as lost, and no death is lost. Needs root, BTF and the right to mount.
 */
@Tag("long")
class AgentFaultsIT {
    private static final String TOPIC = "agents";
    private static final long RING_BYTES = 8L << 20;

    /** Of it, what bulk events may fill; the rest is for deaths. */
    private static final double BULK_SHARE = 0.75;

    private static final int KILLS = Integer.getInteger("faults.kills", 100);
    private static final long EVENTS_PER_SECOND = 20_000;
    private static final String DIED = "runtime_previous_agent_died_seconds";
    private static final String DID_NOT_END_IN_ORDER = "did not end in order";
    private static final String REPLACED = "runtime_pinned_programs_replaced";
    private static final Pattern RING_READ = Pattern.compile("(?m)^(\\S+Z) INFO +The pinned ring is read: ");
    private static final Duration LONG = Duration.ofHours(1);

    /** A time in which nobody read the ring, from one agent's death until another had read what waited. */
    private record Unread(Instant from, Instant to) {
        double seconds() {
            return Duration.between(from, to).toMillis() / 1e3;
        }
    }

    @TempDir
    private Path folder;

    private Path bpffs;
    private EmbeddedKafka kafka;
    private RegistryServer registry;

    private final List<AgentProcess> agents = new ArrayList<>();

    private final long startedSeconds = Instant.now().getEpochSecond();

    /** The last one that was killed. */
    private Process died;

    /** When the ring was last read to its end by an agent that is no more. */
    private Instant readUntil = Instant.MIN;

    private final List<Unread> unread = new ArrayList<>();

    @BeforeEach
    void begin() throws Exception {
        bpffs = Files.createDirectory(folder.resolve("bpffs"));
        Command.run("mount", "-t", "bpf", "bpf", bpffs.toString());
        kafka = EmbeddedKafka.startTemporary();
        registry = RegistryServer.start(request -> Response.of(200, "{\"id\":1}"));
    }

    @AfterEach
    void end() throws Exception {
        for (AgentProcess agent : agents) {
            agent.close();
            agent.process().waitFor();
        }
        NativeCapture.unpin(bpffs.resolve("pins"));
        Command.run("umount", bpffs.toString());
        registry.close();
        kafka.close();
    }

    @Test
    void killedAtRandomMomentsDuringAStorm() throws Exception {
        Random random = new Random(137);
        AgentProcess first = start(List.of());
        try (Storm storm = Storm.start(EVENTS_PER_SECOND, 300, LONG)) {
            kill(first);
            for (int i = 1; i < KILLS; i++) {
                AgentProcess agent = start(List.of());
                Thread.sleep(random.nextInt(1_500));
                kill(agent);
            }
            AgentProcess last = startWithMetrics();
            Storm.Made made = storm.stop();
            String told = toldOfDeath(last);
            terminate(last);

            SequenceAudit audit = read("agent SIGKILLed " + KILLS + " times", told);
            check(audit);
            assertThat(audit.victims()).isEqualTo(made.deaths());
            assertThat(audit.generated()).isGreaterThan(2 * (made.deaths() + made.signals()));
            checkSizingRule(audit);
        }
    }

    /** What waits for the next agent is lost only where it does not fit. */
    private void checkSizingRule(SequenceAudit audit) throws Exception {
        long[] bootAndReal = new long[2];
        NativeCapture.readClocks(bootAndReal);
        long bootMicros = TimeUnit.NANOSECONDS.toMicros(bootAndReal[ClockPair.REAL] - bootAndReal[ClockPair.BOOT]);
        long counted = 0;
        for (Unread time : unread) {
            long from = ChronoUnit.MICROS.between(Instant.EPOCH, time.from()) - bootMicros;
            long to = ChronoUnit.MICROS.between(Instant.EPOCH, time.to()) - bootMicros;
            long needed = audit.ringBytesBetween(from, to);
            long lost = audit.countedBetween(from, to);
            counted += lost;
            System.out.printf(
                    "nobody read for %.2f s, which needs %.1f MB of the %.1f MB that bulk may fill: %d lost%n",
                    time.seconds(), needed / 1e6, RING_BYTES * BULK_SHARE / 1e6, lost);
            if (needed < RING_BYTES * BULK_SHARE) {
                assertThat(lost).as("lost though the ring was large enough").isZero();
            }
        }
        assertThat(counted).as("lost while nobody read").isEqualTo(audit.counted());
    }

    @Test
    void toldToEndDuringAStorm() throws Exception {
        AgentProcess first = start(List.of());
        try (Storm storm = Storm.start(5_000, 100, LONG)) {
            Thread.sleep(2_000);
            terminate(first);
            AgentProcess next = startWithMetrics();
            assertThat(first.err()).contains(" Stopping");
            assertThat(next.metric(DIED)).isZero();
            assertThat(next.err()).doesNotContain(DID_NOT_END_IN_ORDER);
            Storm.Made made = storm.stop();
            terminate(next);

            assertThat(audit("agent SIGTERMed", "log: Stopping").victims()).isEqualTo(made.deaths());
        }
    }

    /** What an upgrade with another record layout finds. */
    @Test
    void layoutVersionChangedUnderAPinnedMap() throws Exception {
        AgentProcess first = start(List.of());
        try (Storm storm = Storm.start(5_000, 100, LONG)) {
            Thread.sleep(1_000);
            kill(first);
            changeLayoutVersion();
            AgentProcess next = startWithMetrics();
            await().untilAsserted(() ->
                    assertThat(next.err()).contains("Pinned programs of another build or configuration were replaced"));
            assertThat(next.err()).doesNotContain("found pinned");
            assertThat(next.metric(REPLACED)).isEqualTo(1);
            Storm.Made made = storm.stop();
            terminate(next);

            assertThat(audit("layout version of pinned maps changed", REPLACED).victims())
                    .isEqualTo(made.deaths());
        }
    }

    @Test
    void killedByTheOomKillerOfItsOwnCgroup() throws Exception {
        boolean v1 = Files.isDirectory(Path.of("/sys/fs/cgroup/memory"));
        Path cgroup = Files.createDirectory(Path.of(
                v1 ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup",
                "faults-" + ProcessHandle.current().pid()));
        try {
            Files.writeString(cgroup.resolve(v1 ? "memory.limit_in_bytes" : "memory.max"), Long.toString(400L << 20));
            List<String> inCgroup =
                    List.of("sh", "-c", "echo $$ > " + cgroup.resolve("cgroup.procs") + " && exec \"$0\" \"$@\"");
            AgentProcess victim = start(inCgroup);
            try (Storm storm = Storm.start(5_000, 100, LONG)) {
                Thread.sleep(1_000);
                Files.writeString(Path.of("/proc/" + victim.process().pid() + "/oom_score_adj"), "1000");
                List<String> hog = new ArrayList<>(inCgroup);
                hog.addAll(List.of("sh", "-c", "head -c 380m /dev/zero | tail -c 380m | tail -c 1"));
                Process filling = new ProcessBuilder(hog)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
                assertThat(victim.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
                assertThat(victim.process().exitValue()).isEqualTo(137);
                died = victim.process();
                AgentProcess next = startWithMetrics();
                String told = toldOfDeath(next);
                filling.descendants().forEach(ProcessHandle::destroyForcibly);
                filling.destroyForcibly().waitFor();
                Storm.Made made = storm.stop();
                terminate(next);

                assertThat(audit("agent's own cgroup out of memory", told).victims())
                        .isEqualTo(made.deaths());
            }
        } finally {
            await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> Files.deleteIfExists(cgroup));
        }
    }

    /** Started, and attached; without metrics, which cost the time that a kill may come in. */
    private AgentProcess start(List<String> prefix) throws Exception {
        return start(prefix, "metrics.enabled=false");
    }

    private AgentProcess startWithMetrics() throws Exception {
        return start(List.of(), "metrics.port=0");
    }

    private AgentProcess start(List<String> prefix, String metrics) throws Exception {
        AgentProcess agent = AgentProcess.start(
                folder, prefix, "run", "--config", config(metrics).toString());
        agents.add(agent);
        await().pollInterval(Duration.ofMillis(5))
                .atMost(Duration.ofSeconds(60))
                .until(() -> agent.err().contains("kernel hooks are attached"));
        return agent;
    }

    private void kill(AgentProcess agent) throws Exception {
        Instant killed = Instant.now();
        agent.process().destroyForcibly().waitFor();
        died = agent.process();
        ended(agent, killed);
    }

    private void terminate(AgentProcess agent) throws Exception {
        Instant told = Instant.now();
        agent.process().destroy();
        assertThat(agent.process().waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(agent.exitCode()).as(agent.err()).isZero();
        ended(agent, told);
    }

    /** One that ended before it had read what waited in the ring has only made the wait longer. */
    private void ended(AgentProcess agent, Instant when) throws IOException {
        Matcher read = RING_READ.matcher(agent.err());
        if (read.find()) {
            unread.add(new Unread(readUntil, Instant.parse(read.group(1))));
            readUntil = when;
        } else if (agent == agents.get(0)) {
            readUntil = when;
        }
    }

    /** By the next agent, in its log and as a metric: that it died, and when it had last been seen. */
    private String toldOfDeath(AgentProcess next) throws Exception {
        await().untilAsserted(() -> assertThat(next.err().lines().filter(line -> line.contains(DID_NOT_END_IN_ORDER)))
                .singleElement()
                .asString()
                .contains("process " + died.pid()));
        assertThat(next.metric(DIED))
                .isBetween((double) startedSeconds, (double) Instant.now().getEpochSecond());
        return DIED;
    }

    private SequenceAudit audit(String fault, String told) {
        SequenceAudit audit = read(fault, told);
        check(audit);
        return audit;
    }

    private SequenceAudit read(String fault, String told) {
        SequenceAudit audit = SequenceAudit.of(kafka.bootstrapServers(), TOPIC);
        FaultTable.add(fault, audit, told.replaceFirst("^runtime_", ""));
        return audit;
    }

    private static void check(SequenceAudit audit) {
        assertThat(audit.missing()).as("neither delivered nor counted").isZero();
        assertThat(audit.outOfOrder()).as("out of order within their key").isZero();
        assertThat(audit.lostDeaths()).as("deaths lost; told: %s", audit.told()).isZero();
    }

    private void changeLayoutVersion() throws Exception {
        Path identity;
        try (Stream<Path> sets = Files.list(bpffs.resolve("pins"))) {
            identity = sets.filter(set -> set.getFileName().toString().startsWith("set-"))
                    .findAny()
                    .orElseThrow()
                    .resolve("identity");
        }
        Process dump = new ProcessBuilder("bpftool", "-j", "map", "dump", "pinned", identity.toString()).start();
        JsonNode value = new ObjectMapper()
                .readTree(dump.getInputStream().readAllBytes())
                .get(0)
                .get("value");
        List<String> update = new ArrayList<>(
                List.of("bpftool", "map", "update", "pinned", identity.toString(), "key", "0", "0", "0", "0", "value"));
        for (int i = 0; i < value.size(); i++) {
            int octet = Integer.decode(value.get(i).asText());
            update.add(Integer.toString(i == 0 ? octet + 1 : octet));
        }
        Command.run(update.toArray(String[]::new));
    }

    private Path config(String metrics) throws IOException {
        return Files.writeString(
                folder.resolve("agent.properties"),
                String.join(
                        "\n",
                        "node.name=node-1",
                        "kafka.bootstrap.servers=" + kafka.bootstrapServers(),
                        "registry.url=" + registry.url(),
                        "topic.name=" + TOPIC,
                        "topic.create=true",
                        "topic.replication.factor=1",
                        metrics,
                        "shutdown.timeout.ms=240000",
                        "rate.limit.events=0",
                        "ebpf.ring.bytes=" + RING_BYTES,
                        "ebpf.pin=true",
                        "ebpf.pin.folder=" + bpffs.resolve("pins"),
                        "spool.max.bytes=4294967296",
                        "spool.dir=" + folder.resolve("spool")));
    }
}

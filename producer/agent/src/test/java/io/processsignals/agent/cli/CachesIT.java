// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.processsignals.embedded.EmbeddedKafka;
import io.processsignals.embedded.EmbeddedRegistry;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nothing in the agent grows with the number of processes ever seen: its heap after a full GC and the entries of its
 * BPF maps are the same before and after many short processes. Needs root, BTF, bpftool and a JDK.
 */
@Timeout(1800)
class CachesIT {
    private static final int PROCESSES = Integer.getInteger("caches.processes", 200_000);
    /** So many first: classes loaded, pools and buffers filled, code compiled. */
    private static final int WARM_UP = 20_000;
    /** What a heap at rest differs by from one full GC to the next, far below one reference for each process. */
    private static final long HEAP_TOLERANCE = 512 << 10;
    /** Other processes of the machine live and die meanwhile. */
    private static final int ENTRIES_TOLERANCE = 200;

    private static final Pattern HISTOGRAM_TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");
    private static final String EXITS = "runtime_process_exits_total";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    private Path folder;

    @Test
    void manyShortProcessesLeaveNothingBehind() throws Exception {
        Path storm = storm();
        Set<Integer> othersMaps = mapIds();
        try (EmbeddedKafka kafka = EmbeddedKafka.startTemporary();
                EmbeddedRegistry registry = EmbeddedRegistry.startTemporary();
                AgentProcess agent = AgentProcess.start(
                        folder,
                        List.of(),
                        "run",
                        "--config",
                        config(kafka, registry).toString())) {
            await().atMost(Duration.ofSeconds(60)).until(() -> agent.err().contains("kernel hooks are attached"));
            Set<Integer> maps = mapIds();
            maps.removeAll(othersMaps);
            assertThat(maps).as("BPF maps of the agent").isNotEmpty();

            die(storm, WARM_UP);
            settle(agent, WARM_UP);
            long heapBefore = heap(agent);
            Map<String, Integer> entriesBefore = entries(maps);

            die(storm, PROCESSES);
            settle(agent, WARM_UP + PROCESSES);
            long heapAfter = heap(agent);
            Map<String, Integer> entriesAfter = entries(maps);

            new PrintStream(System.out, true, StandardCharsets.UTF_8)
                    .printf(
                            "%d processes (%.0f exits seen): heap after GC %d -> %d bytes%nentries of BPF maps %s -> %s%n",
                            PROCESSES, agent.metric(EXITS), heapBefore, heapAfter, entriesBefore, entriesAfter);
            assertThat(heapAfter).as("live bytes of the heap").isLessThan(heapBefore + HEAP_TOLERANCE);
            entriesAfter.forEach((map, entries) -> assertThat(entries)
                    .as("entries of BPF map " + map)
                    .isLessThanOrEqualTo(entriesBefore.getOrDefault(map, 0) + ENTRIES_TOLERANCE));
        }
    }

    /** Half of them exit, a quarter execs and exits, a quarter is killed; with pauses in which the agent keeps up. */
    private static void die(Path storm, int count) throws Exception {
        command(storm.toString(), "fork", String.valueOf(count / 2), "500", "100000");
        command(storm.toString(), "exec", String.valueOf(count / 4), "500", "100000");
        command(storm.toString(), "kill", String.valueOf(count / 4), "500", "100000");
    }

    /** Waits until all have been seen, and for what is kept a while after an exit. */
    private static void settle(AgentProcess agent, int exits) throws Exception {
        await().atMost(Duration.ofMinutes(2)).until(() -> agent.metric(EXITS) >= exits);
        Thread.sleep(Duration.ofSeconds(15).toMillis());
    }

    /** Live bytes: a histogram begins with a full GC. */
    private static long heap(AgentProcess agent) throws IOException {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        String pid = String.valueOf(agent.process().pid());
        output(jcmd, pid, "GC.run");
        Matcher total = HISTOGRAM_TOTAL.matcher(output(jcmd, pid, "GC.class_histogram"));
        assertThat(total.find()).isTrue();
        return Long.parseLong(total.group(1));
    }

    private static Set<Integer> mapIds() throws IOException {
        Set<Integer> ids = new HashSet<>();
        MAPPER.readTree(output("bpftool", "-j", "map", "show"))
                .forEach(map -> ids.add(map.path("id").asInt()));
        return ids;
    }

    /** Of maps that can grow, by name; arrays are as large as they are. */
    private static Map<String, Integer> entries(Set<Integer> ids) throws IOException {
        Map<String, Integer> entries = new TreeMap<>();
        for (JsonNode map : MAPPER.readTree(output("bpftool", "-j", "map", "show"))) {
            if (ids.contains(map.path("id").asInt())
                    && map.path("type").asText().contains("hash")) {
                JsonNode dump = MAPPER.readTree(output(
                        "bpftool", "-j", "map", "dump", "id", map.path("id").asText()));
                entries.put(map.path("name").asText(), dump.size());
            }
        }
        return entries;
    }

    private Path config(EmbeddedKafka kafka, EmbeddedRegistry registry) throws IOException {
        return Files.writeString(
                folder.resolve("agent.properties"),
                String.join(
                        "\n",
                        "kafka.bootstrap.servers=" + kafka.bootstrapServers(),
                        "registry.url=" + registry.url(),
                        "topic.create=true",
                        "topic.replication.factor=1",
                        "metrics.port=0",
                        "rate.limit.events=0",
                        "ebpf.ring.bytes=4194304",
                        "spool.dir=" + folder.resolve("spool")));
    }

    private static Path storm() throws Exception {
        Path bpf = Path.of("../../bpf").toAbsolutePath().normalize();
        String arch = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "x86_64";
        command("make", "-s", "-C", bpf.toString(), "build/" + arch + "/bench/storm");
        return bpf.resolve("build/" + arch + "/bench/storm");
    }

    private static void command(String... words) throws Exception {
        assertThat(new ProcessBuilder(words).inheritIO().start().waitFor())
                .as(String.join(" ", words))
                .isZero();
    }

    private static String output(String... words) throws IOException {
        Process process = new ProcessBuilder(words)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}

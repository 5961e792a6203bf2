// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.processsignals.agent.capture.NativeCapture;
import io.processsignals.common.codec.EventDecoder;
import io.processsignals.common.spool.SpoolReader;
import io.processsignals.common.spool.SpooledRecord;
import io.processsignals.events.EventType;
import io.processsignals.events.ProcessSignalEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pinned programs go on while the agent is dead. Needs root, BTF and the right to mount. */
class PinnedAgentIT {
    private static final int ROUNDS = 3;
    private static final int DEATHS = 40;

    @TempDir
    private Path folder;

    private Path bpffs;

    @BeforeEach
    void mount() throws Exception {
        bpffs = Files.createDirectory(folder.resolve("bpffs"));
        command("mount", "-t", "bpf", "bpf", bpffs.toString());
    }

    @AfterEach
    void unmount() throws Exception {
        NativeCapture.unpin(bpffs.resolve("pins"));
        command("umount", bpffs.toString());
    }

    @Test
    void noDeathIsLostOrDoubledOverKillsOfTheAgent() throws Exception {
        Set<Long> died = new HashSet<>();
        Path config = config();
        for (int round = 0; round < ROUNDS; round++) {
            try (AgentProcess agent = AgentProcess.start(folder, List.of(), "run", "--config", config.toString())) {
                await().atMost(Duration.ofSeconds(60)).until(() -> agent.err().contains("kernel hooks are attached"));
                assertThat(agent.err().contains("found pinned")).isEqualTo(round > 0);
                kill(died);
                agent.process().destroyForcibly().waitFor();
            }
            kill(died);
        }
        try (AgentProcess last = AgentProcess.start(folder, List.of(), "run", "--config", config.toString())) {
            await().atMost(Duration.ofSeconds(60)).until(() -> exits(died).size() >= died.size());
            last.process().destroy();
            assertThat(last.exitCode()).isZero();
        }

        List<ProcessSignalEvent> exits = exits(died);
        assertThat(exits.stream().map(PinnedAgentIT::identity).distinct().map(Object::toString))
                .as("after the duplicates of what was read but not released are dropped")
                .hasSize(died.size());
        assertThat(exits).allSatisfy(exit -> {
            assertThat(exit.getExitInfo().getCode()).isEqualTo(137);
            assertThat(exit.getExitInfo().getCause().getSenderPid())
                    .isEqualTo((int) ProcessHandle.current().pid());
        });
    }

    private void kill(Set<Long> died) throws Exception {
        for (int i = 0; i < DEATHS; i++) {
            Process victim = new ProcessBuilder("sleep", "300").start();
            victim.destroyForcibly().waitFor();
            died.add(victim.pid());
        }
    }

    private List<ProcessSignalEvent> exits(Set<Long> died) throws Exception {
        List<ProcessSignalEvent> exits = new ArrayList<>();
        EventDecoder decoder = new EventDecoder();
        try (SpoolReader reader = SpoolReader.open(folder.resolve("spool"), (segment, offset, bytes, reason) -> {})) {
            for (Optional<SpooledRecord> next = reader.next(); next.isPresent(); next = reader.next()) {
                byte[] body = next.get().record().body();
                ProcessSignalEvent event = decoder.decode(body, 0, body.length);
                if (event.getEventType() == EventType.PROCESS_EXIT && died.contains((long) event.getTgid())) {
                    exits.add(event);
                }
            }
        }
        return exits;
    }

    private static List<Object> identity(ProcessSignalEvent event) {
        return List.of(event.getCaptureId(), event.getHook(), event.getCpu(), event.getSequence());
    }

    /** No Kafka: everything stays in the spool. */
    private Path config() throws Exception {
        return Files.writeString(
                folder.resolve("agent.properties"),
                String.join(
                        "\n",
                        "kafka.bootstrap.servers=127.0.0.1:1",
                        "registry.url=http://127.0.0.1:1",
                        "metrics.enabled=false",
                        "shutdown.timeout.ms=0",
                        "ebpf.pin=true",
                        "ebpf.pin.folder=" + bpffs.resolve("pins"),
                        "spool.dir=" + folder.resolve("spool")));
    }

    private static void command(String... words) throws Exception {
        assertThat(new ProcessBuilder(words).inheritIO().start().waitFor())
                .as(String.join(" ", words))
                .isZero();
    }
}

// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.security;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.processsignals.agent.cli.AgentProcess;
import io.processsignals.common.codec.EventDecoder;
import io.processsignals.common.spool.SpoolReader;
import io.processsignals.common.spool.SpooledRecord;
import io.processsignals.events.EventType;
import io.processsignals.events.ProcessSignalEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The agent with exactly CAP_BPF and CAP_PERFMON and no_new_privs sees deaths, and without either of the two it does
 * not. Needs root, BTF and setpriv.
 */
@Timeout(180)
class PrivilegesIT {
    private static final Duration SOON = Duration.ofSeconds(90);
    private static final String BPF_AND_PERFMON = "000000c000000000";
    private static final String SECRET = "hunter2-of-the-victim";
    private static final String PASSWORD = "hunter2-of-the-agent";

    @TempDir
    private Path folder;

    @Test
    void twoCapabilitiesAndNoNewPrivilegesSuffice() throws Exception {
        Path spool = folder.resolve("spool");
        try (AgentProcess agent = run("+bpf,+perfmon")) {
            await().atMost(SOON).until(() -> agent.err().contains("kernel hooks are attached"));
            Process victim = new ProcessBuilder("sleep", "300", "--password=" + SECRET).start();
            Process killed = new ProcessBuilder("sleep", "300").start();
            killed.destroyForcibly().waitFor();
            victim.destroyForcibly().waitFor();

            await().atMost(SOON).untilAsserted(() -> {
                ProcessSignalEvent exit = exitOf(spool, killed.pid());
                assertThat(exit).isNotNull();
                assertThat(exit.getExitInfo().getCode()).isEqualTo(137);
                assertThat(exit.getExitInfo().getCause().getSenderPid())
                        .isEqualTo((int) ProcessHandle.current().pid());
            });
            await().atMost(SOON).until(() -> exitOf(spool, victim.pid()) != null);
            // All its life, and nothing that it inherits to others
            String status = status(agent);
            assertThat(status)
                    .contains("CapEff:\t" + BPF_AND_PERFMON)
                    .contains("CapPrm:\t" + BPF_AND_PERFMON)
                    .contains("CapBnd:\t" + BPF_AND_PERFMON)
                    .contains("NoNewPrivs:\t1");
            agent.process().destroy();
            assertThat(agent.exitCode()).as(agent.err()).isZero();
            assertThat(agent.err() + agent.out()).doesNotContain(SECRET).doesNotContain(PASSWORD);
        }
        try (Stream<Path> files = Files.list(spool)) {
            for (Path file : files.toList()) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                        .as(file.toString())
                        .isEqualTo("rw-------");
                assertThat(Files.readString(file, ISO_8859_1))
                        .as("arguments are redacted before they are spooled")
                        .doesNotContain(SECRET);
            }
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(spool)))
                .isEqualTo("rwx------");
    }

    @ParameterizedTest
    @ValueSource(strings = {"+bpf", "+perfmon"})
    void oneOfThemAloneDoesNot(String capability) throws Exception {
        try (AgentProcess agent = run(capability)) {
            await().atMost(SOON).until(() -> agent.err().contains("nothing is observed"));
            agent.process().destroy();
            assertThat(agent.exitCode()).isZero();
        }
    }

    @Test
    void checkSaysNoSecret() throws Exception {
        Path config = config();
        try (AgentProcess check = AgentProcess.start(folder, List.of(), "check", "--config", config.toString())) {
            check.exitCode();
            assertThat(check.out() + check.err()).contains("CAP_BPF").doesNotContain(PASSWORD);
        }
    }

    private AgentProcess run(String capabilities) throws Exception {
        List<String> prefix = List.of(
                "setpriv",
                "--bounding-set=-all," + capabilities,
                "--inh-caps=-all",
                "--ambient-caps=-all",
                "--no-new-privs");
        return AgentProcess.start(folder, prefix, "run", "--config", config().toString());
    }

    private static String status(AgentProcess agent) throws Exception {
        return Files.readString(Path.of("/proc", Long.toString(agent.process().pid()), "status"));
    }

    private static ProcessSignalEvent exitOf(Path spool, long pid) throws Exception {
        EventDecoder decoder = new EventDecoder();
        ProcessSignalEvent exit = null;
        try (SpoolReader reader = SpoolReader.open(spool, (segment, offset, bytes, reason) -> {})) {
            for (Optional<SpooledRecord> next = reader.next(); next.isPresent(); next = reader.next()) {
                byte[] body = next.get().record().body();
                ProcessSignalEvent event = decoder.decode(body, 0, body.length);
                if (event.getEventType() == EventType.PROCESS_EXIT && event.getTgid() == pid) {
                    exit = event;
                }
            }
        }
        return exit;
    }

    /** No Kafka: everything stays in the spool. */
    private Path config() throws Exception {
        Path secrets = Files.writeString(folder.resolve("secrets.properties"), "password=" + PASSWORD + "\n");
        return Files.writeString(
                folder.resolve("agent.properties"),
                String.join(
                        "\n",
                        "kafka.bootstrap.servers=127.0.0.1:1",
                        "kafka.security.protocol=SASL_PLAINTEXT",
                        "kafka.sasl.mechanism=PLAIN",
                        "kafka.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \\",
                        "  username=\"agent\" password=\"${file:" + secrets + ":password}\";",
                        "registry.url=http://127.0.0.1:1",
                        "registry.basic.auth.user.info=agent:${file:" + secrets + ":password}",
                        "metrics.enabled=false",
                        "shutdown.timeout.ms=0",
                        "log.level=debug",
                        "spool.dir=" + folder.resolve("spool")));
    }
}

// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.processsignals.events.ExitInfo;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.Events;
import io.processsignals.postmortem.SpoolFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code replay} and {@code why} over the spool of a node that did not reach Kafka. */
class SpoolWindowTest {
    private static final String FROM = "--from=" + Events.START.minusSeconds(60);
    private static final String TO = "--to=" + Events.START.plusSeconds(60);

    @TempDir
    private Path folder;

    private static List<ProcessSignalEvent> night() {
        ProcessSignalEvent early =
                Events.kill(1).setTimestamp(Events.START.minusSeconds(600)).build();
        ProcessSignalEvent kill = Events.kill(2).build();
        ProcessSignalEvent exit = Events.exit(1)
                .setTimestamp(Events.START.plusMillis(3))
                .setBootTime(1_003_000)
                .setExitInfo(ExitInfo.newBuilder()
                        .setWaitStatus(9)
                        .setCode(137)
                        .setSignal(9)
                        .setSignalName("SIGKILL")
                        .build())
                .build();
        ProcessSignalEvent other = Events.kill(3)
                .setTgid(77)
                .setTimestamp(Events.START.plusMillis(4))
                .build();
        return List.of(early, kill, exit, other);
    }

    @Test
    void replaysTheWindowOfASpoolInOrder() throws Exception {
        SpoolFolder.write(folder, night());

        CommandRun all = CommandRun.of("replay", "-o", "json", "--spool", folder.toString(), FROM, TO);
        CommandRun one = CommandRun.of("replay", "-o", "json", "--spool", folder.toString(), "--pid", "77", FROM, TO);

        assertThat(all.exitCode()).as(all.err()).isZero();
        assertThat(all.out().lines().map(SpoolWindowTest::tgid)).containsExactly(42, 42, 77);
        assertThat(one.out().lines().map(SpoolWindowTest::tgid)).containsExactly(77);
        assertThat(all.complaints()).isEmpty();
    }

    @Test
    void answersFromASpool() throws Exception {
        SpoolFolder.write(folder, night());

        CommandRun why = CommandRun.of("why", "--pid", "42", "--node", "n1", "--spool", folder.toString(), FROM, TO);

        assertThat(why.out()).startsWith("VERDICT  PARENT_KILL  sleep(42) exit 137 on n1: SIGKILL by");
        assertThat(why.exitCode()).isZero();
    }

    /** The last record is one that the agent is writing. */
    @Test
    void readsWhatIsWholeOfASpoolInUse() throws Exception {
        SpoolFolder.write(folder, night());
        Path segment = folder.resolve("0000000001.seg");
        byte[] bytes = Files.readAllBytes(segment);
        Files.write(segment, Arrays.copyOf(bytes, bytes.length - 1));

        CommandRun replay = CommandRun.of("replay", "-o", "json", "--spool", folder.toString(), FROM, TO);

        assertThat(replay.out().lines()).hasSize(2);
        assertThat(replay.exitCode()).isZero();
        assertThat(replay.complaints()).isEmpty();
    }

    @Test
    void saysWhatIsWrongWithTheSource() throws Exception {
        SpoolFolder.write(folder, night());
        Path nowhere = folder.resolve("nowhere");

        CommandRun none = CommandRun.of("replay", "--spool", nowhere.toString(), FROM, TO);
        CommandRun two =
                CommandRun.of("replay", "--spool", folder.toString(), "--bootstrap-servers", "127.0.0.1:1", FROM, TO);
        CommandRun topic = CommandRun.of("replay", "--spool", folder.toString(), "--to-topic", "t", FROM, TO);

        assertThat(none.exitCode()).isEqualTo(ExitCodes.CANNOT_RUN);
        assertThat(none.err().lines()).singleElement().asString().contains("nowhere");
        assertThat(List.of(two, topic)).allSatisfy(run -> {
            assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
            assertThat(run.err().lines()).hasSize(1);
        });
        assertThat(two.err()).contains("one source");
        assertThat(topic.err()).contains("--to-topic needs a topic");
    }

    private static int tgid(String line) {
        try {
            return new ObjectMapper().readTree(line).path("tgid").intValue();
        } catch (Exception e) {
            throw new IllegalArgumentException(line, e);
        }
    }
}

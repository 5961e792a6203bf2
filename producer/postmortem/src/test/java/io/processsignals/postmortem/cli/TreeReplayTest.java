// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.Events;
import io.processsignals.postmortem.SpoolFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code replay --tree}: a process is its node, boot and start time, not its pid. */
class TreeReplayTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<ProcessSignalEvent> events = new ArrayList<>();

    @TempDir
    private Path folder;

    /** Root 100 of n1, its child 101, a grandchild 103 by 102 which never called exec, and others of the same pids. */
    @BeforeEach
    void aNight() throws Exception {
        exec("n1", 100, 5_000, 1, 10);
        exec("n1", 101, 6_000, 100, 5_000);
        exec("n1", 103, 8_000, 102, 7_000);
        exit("n1", 102, 7_000, 100, 5_000);
        exit("n1", 103, 8_000, 1, 10);
        exec("n1", 200, 9_000, 1, 10);
        exit("n1", 100, 5_000, 1, 10);
        // 100 again, for another process
        exec("n1", 100, 50_000, 1, 10);
        exec("n1", 104, 51_000, 100, 50_000);
        // and on another node
        exec("n2", 100, 5_000, 1, 10);
        exec("n2", 105, 6_000, 100, 5_000);
        add(Events.lost(events.size(), 3), "n1", 0, 0, 0, 0);
        add(Events.lost(events.size(), 3), "n2", 0, 0, 0, 0);
        SpoolFolder.write(folder, events);
    }

    @Test
    void takesTheProcessThatIsMeantAndAllThatComesFromIt() {
        CommandRun run = replay("--tree", "100@5000", "--node", "n1");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(shown(run)).containsExactly("100", "101", "103", "102", "103", "100", "0");
    }

    @Test
    void asksWhichWhereThePidIsOfSeveral() {
        CommandRun onOneNode = replay("--tree", "100", "--node", "n1");
        CommandRun everywhere = replay("--tree", "100@5000");

        for (CommandRun run : List.of(onOneNode, everywhere)) {
            assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
            assertThat(run.out()).isEmpty();
            assertThat(run.err().lines())
                    .singleElement()
                    .asString()
                    .contains("2 processes", "100@5000 on n1 (boot b1)");
        }
        assertThat(onOneNode.err()).contains("100@50000 on n1");
        assertThat(everywhere.err()).contains("100@5000 on n2");
    }

    @Test
    void otherFiltersChooseWithinTheTree() {
        CommandRun run = replay("--tree", "100@5000", "--node", "n1", "--type", "process_exit", "--pid", "103");

        assertThat(shown(run)).containsExactly("103");
    }

    @Test
    void theRootNeedsNoEventOfItsOwn() {
        assertThat(shown(replay("--tree", "102"))).startsWith("103", "102", "103");
    }

    @Test
    void saysThatThereIsNoSuchTree() {
        CommandRun unknown = replay("--tree", "4711");
        CommandRun wrong = replay("--tree", "sh");

        assertThat(unknown.exitCode()).isEqualTo(ExitCodes.FINDING);
        assertThat(unknown.err().lines()).hasSize(1);
        assertThat(wrong.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(wrong.err().lines()).singleElement().asString().contains("'sh' is not a process id");
    }

    private CommandRun replay(String... options) {
        return CommandRun.of(Stream.concat(
                        Stream.of(
                                "replay",
                                "-o",
                                "json",
                                "--spool",
                                folder.toString(),
                                "--from=" + Events.START.minusSeconds(60),
                                "--to=" + Events.START.plusSeconds(60)),
                        Stream.of(options))
                .toArray(String[]::new));
    }

    private static List<String> shown(CommandRun run) {
        return run.out().lines().map(TreeReplayTest::tgid).toList();
    }

    private static String tgid(String line) {
        try {
            JsonNode json = JSON.readTree(line);
            return json.path("tgid").asText();
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(line, e);
        }
    }

    private void exec(String node, int tgid, long startTime, int ppid, long parentStartTime) {
        ProcessSignalEvent.Builder event = Events.exit(events.size())
                .setEventType(EventType.PROCESS_EXEC)
                .setHook(Hook.PROCESS_EXEC)
                .setExitInfo(null);
        add(event, node, tgid, startTime, ppid, parentStartTime);
    }

    private void exit(String node, int tgid, long startTime, int ppid, long parentStartTime) {
        add(Events.exit(events.size()), node, tgid, startTime, ppid, parentStartTime);
    }

    private void add(
            ProcessSignalEvent.Builder event, String node, int tgid, long startTime, int ppid, long parentStartTime) {
        events.add(event.setNode(node)
                .setPid(tgid)
                .setTgid(tgid)
                .setStartTime(startTime)
                .setPpid(ppid)
                .setParentStartTime(parentStartTime)
                .setTimestamp(Events.START.plusMillis(events.size()))
                .setBootTime(1_000_000L + events.size())
                .build());
    }
}

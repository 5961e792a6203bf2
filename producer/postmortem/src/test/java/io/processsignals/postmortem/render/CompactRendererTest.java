// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.render;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.events.Container;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.Events;
import io.processsignals.postmortem.source.EventRecord;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class CompactRendererTest {
    private final CompactRenderer renderer = new CompactRenderer(ZoneOffset.UTC);

    @Test
    void putsTheColumnsUnderTheirHeader() {
        String header = renderer.header().orElseThrow();
        String line = renderer.render(record(Events.kill(1)));

        assertThat(line)
                .isEqualTo("2026-11-20T14:02:03.112Z  SIGNAL_SENT       -                   42  sleep            "
                        + "SIGKILL from bash(8121)<-sshd(700), fatal");
        assertThat(line.indexOf("SIGNAL_SENT")).isEqualTo(header.indexOf("EVENT"));
        assertThat(line.indexOf("sleep")).isEqualTo(header.indexOf("COMM"));
        assertThat(line.indexOf("SIGKILL")).isEqualTo(header.indexOf("DETAIL"));
    }

    @Test
    void writesTheOffsetOfAnotherZone() {
        assertThat(new CompactRenderer(ZoneId.of("Asia/Kolkata")).render(record(Events.kill(1))))
                .startsWith("2026-11-20T19:32:03.112+05:30 ");
    }

    @Test
    void namesThePodAndContainer() {
        assertThat(renderer.render(record(Events.kill(1)
                        .setContainer(Container.newBuilder()
                                .setPodNamespace("payments")
                                .setPodName("api-7d9")
                                .setContainerName("api")
                                .build()))))
                .contains("  payments/api-7d9/api  ");
    }

    @Test
    void hasNoProcessWhereThereIsNone() {
        assertThat(renderer.render(record(Events.lost(1, 2))))
                .contains("EVENTS_LOST")
                .contains("       -  -                2 PROCESS_EXIT events lost");
    }

    @Test
    void quotesWhatCouldControlATerminal() {
        assertThat(renderer.render(record(Events.kill(1).setCommand("\u001b[2Jevil"))))
                .contains("\\x1b[2Jevil")
                .doesNotContain("\u001b");
    }

    private static EventRecord record(ProcessSignalEvent.Builder event) {
        return new EventRecord(3, 88_120, event.build());
    }
}

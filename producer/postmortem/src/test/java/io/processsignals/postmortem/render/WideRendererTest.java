// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.render;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.events.Container;
import io.processsignals.postmortem.Events;
import io.processsignals.postmortem.source.EventRecord;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class WideRendererTest {
    private final WideRenderer renderer = new WideRenderer(ZoneOffset.UTC);

    @Test
    void addsNodeMicrosecondsAndWhereTheRecordIs() {
        assertThat(renderer.render(new EventRecord(3, 88_120, Events.kill(5).build())))
                .startsWith("2026-11-20T14:02:03.112345Z  n1 ")
                .contains("[p3@88120 hook=SIGNAL_GENERATE cpu=0 seq=5 parent=bash(8121) ")
                .endsWith("code=SI_USER origin=USER result=DELIVERED disposition=DEFAULT]");
    }

    @Test
    void addsWhatAnExitCost() {
        assertThat(renderer.render(new EventRecord(0, 0, Events.exit(1).build())))
                .contains("status=0 user=1.2ms system=800us maxrss=4.0KiB]");
    }

    @Test
    void addsThreadNamespacePidAndCgroupWhereTheyDiffer() {
        assertThat(renderer.render(new EventRecord(
                        0,
                        0,
                        Events.kill(1)
                                .setPid(43)
                                .setNsPid(1)
                                .setContainer(Container.newBuilder()
                                        .setCgroupPath("/kubepods/x\ny")
                                        .build())
                                .build())))
                .contains("nspid=1 tid=43 cgroup=/kubepods/x\\ny ");
    }
}

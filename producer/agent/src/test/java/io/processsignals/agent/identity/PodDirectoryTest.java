// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.common.codec.ConstantText;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PodDirectoryTest {
    private static final PodNames POD = PodNames.ofPod("shop", "api-0", Map.of("app", "api"));
    private static final PodNames CONTAINER = POD.container("api");
    private static final ConstantText CID = ConstantText.of("c");
    private static final ConstantText UID = ConstantText.of("u");

    private final PodDirectory directory = new PodDirectory(3, 2);

    @Test
    void knowsTheContainerElseItsPodElseNothing() {
        assertThat(directory.find(CID, UID)).isNull();
        directory.learn("u", POD);
        assertThat(directory.find(CID, UID)).isSameAs(POD);
        assertThat(directory.find(CID, null)).isNull();
        directory.learn("c", CONTAINER);
        assertThat(directory.find(CID, UID)).isSameAs(CONTAINER);
        assertThat(directory.find(null, null)).isNull();
        assertThat(CONTAINER.container()).hasToString("api");
        assertThat(CONTAINER.labelCount()).isEqualTo(1);
    }

    @Test
    void remembersWhatIsGoneOldestForgottenFirst() {
        for (String id : new String[] {"1", "2", "3"}) {
            directory.learn(id, POD);
            directory.retire(id);
        }
        assertThat(directory.find(ConstantText.of("1"), null)).isNull();
        assertThat(directory.find(ConstantText.of("2"), null)).isSameAs(POD);
        assertThat(directory.find(ConstantText.of("3"), null)).isSameAs(POD);
        assertThat(directory.size()).isEqualTo(2);
    }

    @Test
    void forgetsNothingLive() {
        directory.learn("1", POD);
        directory.learn("2", POD);
        directory.learn("3", POD);
        directory.learn("4", POD);
        assertThat(directory.find(ConstantText.of("4"), null)).isNull();
        directory.retire("1");
        directory.learn("4", CONTAINER);
        assertThat(directory.find(ConstantText.of("1"), null)).isNull();
        assertThat(directory.find(ConstantText.of("4"), null)).isSameAs(CONTAINER);
    }

    @Test
    void whatIsBackIsLiveAgain() {
        directory.learn("1", POD);
        directory.retire("1");
        directory.learn("1", CONTAINER);
        directory.learn("2", POD);
        directory.learn("3", POD);
        directory.learn("4", POD);
        assertThat(directory.find(ConstantText.of("1"), null)).isSameAs(CONTAINER);
        directory.learnIfAbsent("1", POD);
        assertThat(directory.find(ConstantText.of("1"), null)).isSameAs(CONTAINER);
    }
}

// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.render;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.processsignals.events.Container;
import io.processsignals.events.ExecInfo;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.Events;
import io.processsignals.postmortem.source.EventRecord;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonRendererTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void writesEveryFieldThatIsThereAndNoOther() throws Exception {
        JsonNode json = JSON.readTree(render(Events.exit(3)));

        assertThat(json.get("node").asText()).isEqualTo("n1");
        assertThat(json.get("hook").asText()).isEqualTo("PROCESS_EXIT");
        assertThat(json.get("sequence").longValue()).isEqualTo(3);
        assertThat(json.get("timestamp").longValue()).isEqualTo(1_795_183_323_112_345L);
        assertThat(json.get("isOomKill").booleanValue()).isFalse();
        assertThat(json.get("exitInfo").get("code").intValue()).isZero();
        assertThat(json.has("signalInfo")).isFalse();
        assertThat(json.has("senderPid")).isFalse();
        assertThat(json.get("exitInfo").has("signal")).isFalse();
        assertThat(json.get("exitInfo").has("cause")).isFalse();
    }

    @Test
    void writesListsAndMaps() throws Exception {
        JsonNode json = JSON.readTree(render(Events.exit(1)
                .setExecInfo(ExecInfo.newBuilder()
                        .setFilename("/bin/echo")
                        .setArguments(List.of("echo", "a \"b\""))
                        .build())
                .setContainer(Container.newBuilder()
                        .setPodLabels(Map.of("app", "web"))
                        .build())));

        assertThat(json.at("/execInfo/arguments/1").asText()).isEqualTo("a \"b\"");
        assertThat(json.at("/container/podLabels/app").asText()).isEqualTo("web");
    }

    @Test
    void escapesWhatCouldControlATerminalAndKeepsTheText() throws Exception {
        String hostile = "\u001b[2J\u009b31m\u007f\u202e\n\uefff é 😀";
        String line = render(Events.exit(1).setCommand(hostile));

        assertThat(line).matches("[\\x20-\\x7e]+");
        assertThat(JSON.readTree(line).get("command").asText()).isEqualTo(hostile);
    }

    private static String render(ProcessSignalEvent.Builder event) {
        return new JsonRenderer().render(new EventRecord(0, 0, event.build()));
    }
}

// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import static io.processsignals.postmortem.why.Story.process;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.processsignals.events.OomConstraint;
import io.processsignals.events.SignalOrigin;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class HtmlReportTest {
    private static final String MARKUP = "</script><img src=x onerror=alert(1)>";
    private static final Path SAMPLE = Path.of("target/report/incident.html");

    /** A container's first process is killed by OOM with its helpers; also the page that bin/test report looks at. */
    private static String page() throws Exception {
        Story story = new Story();
        story.exec(11).exec(12);
        story.signal(11, 15, SignalOrigin.USER, process(900, MARKUP.substring(0, 15)), null, false, false);
        story.oom(11, OomConstraint.MEMCG, 77L, process(12, "java"));
        story.exec(1000);
        story.killed(12, 9, SignalOrigin.PIDNS_TEARDOWN, null, process(11, "<b>init</b>"), false);
        story.killed(13, 9, SignalOrigin.PIDNS_TEARDOWN, null, process(11, "<b>init</b>"), false);
        story.records().get(0).event().setCommand(MARKUP);
        story.without(event -> event.getTgid() == 1000);
        Incident incident = story.incident();
        Death death = incident.deaths().stream()
                .filter(each -> each.process().tgid() == 11)
                .findFirst()
                .orElseThrow();
        return new HtmlReport(new Report(incident, death)).toHtml();
    }

    @Test
    void namesWithMarkupStayText() throws Exception {
        String page = page();

        assertThat(page).doesNotContain("<img", MARKUP).contains("\\u003c/script>");
        assertThat(page.split("</script>", -1)).hasSize(3);
    }

    @Test
    void needsNothingFromElsewhere() throws Exception {
        assertThat(page())
                .contains("default-src 'none'")
                .doesNotContain("src=\"", "@import", "url(http")
                .doesNotContainPattern("href=\"http");
    }

    @Test
    void holdsEveryRecordOfTheIncident() throws Exception {
        String page = page();
        String data = page.substring(page.indexOf("id=\"data\">") + 10);
        JsonNode json = new ObjectMapper().readTree(data.substring(0, data.indexOf("</script>")));
        Files.createDirectories(SAMPLE.getParent());
        Files.writeString(SAMPLE, page);

        assertThat(json.path("verdict").asText()).isEqualTo("OOM_MEMCG_SELF");
        assertThat(json.path("events")).hasSize(10);
        assertThat(json.path("losses")).isNotEmpty();
        assertThat(json.path("events"))
                .anyMatch(event -> event.path("amount").asText().contains("limit 64.0 MiB"));
    }
}

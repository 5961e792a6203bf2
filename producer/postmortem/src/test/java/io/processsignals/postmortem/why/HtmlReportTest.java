// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import static io.processsignals.postmortem.why.Story.process;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.processsignals.events.OomConstraint;
import io.processsignals.events.ProcessReference;
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
        return page(story, 11);
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
        JsonNode json = data(page);
        save(SAMPLE.getFileName().toString(), page);

        assertThat(json.path("verdict").asText()).isEqualTo("OOM_MEMCG_SELF");
        assertThat(json.path("events")).hasSize(10);
        assertThat(json.path("losses")).isNotEmpty();
        assertThat(json.path("events"))
                .anyMatch(event -> event.path("amount").asText().contains("limit 64.0 MiB"));
    }

    /** What a reader of the README sees: an OOM kill, and what followed from it. */
    @Test
    void drawsANight() throws Exception {
        Story story = new Story();
        ProcessReference java = process(8444, "java");
        story.named(8444, "java")
                .exec(8444)
                .named(8460, "worker")
                .exec(8460)
                .named(8461, "worker")
                .exec(8461);
        story.pause(3_000_000).throttled(78).pause(4_000_000).throttled(91).pause(2_000_000);
        story.signal(8444, 15, SignalOrigin.USER, process(8121, "runc"), null, false, false);
        story.pause(1_200_000);
        story.oom(8444, OomConstraint.MEMCG, 77L, process(8460, "worker"));
        story.killed(8460, 9, SignalOrigin.PIDNS_TEARDOWN, null, java, false);
        story.killed(8461, 9, SignalOrigin.PIDNS_TEARDOWN, null, java, false);
        story.killed(8462, 15, SignalOrigin.PARENT_DEATH, null, process(8461, "worker"), false);
        story.pause(900_000).exec(1000).exec(1000).exec(1000);
        story.pause(400_000).exec(1000);
        int kept = story.records().size() - 1;
        story.without(event -> event.getTgid() == 1000 && event.getSequence() <= kept);

        String page = page(story, 8444);
        save("night.html", page);

        assertThat(data(page).path("cascade").path("consequences")).isNotEmpty();
        assertThat(data(page).path("throttles")).hasSize(2);
        assertThat(data(page).path("losses")).isNotEmpty();
        assertThat(data(page).path("evidence")).isNotEmpty();
    }

    @Test
    void takesFiveThousandEvents() throws Exception {
        Story story = new Story();
        for (int i = 0; i < 4_990; i++) {
            story.signal(8444, 10, SignalOrigin.USER, process(900 + i % 40, "sender-" + i % 40), null, false, false);
        }
        story.oom(8444, OomConstraint.MEMCG, 77L, process(8460, "worker"));

        String page = page(story, 8444);
        save("many.html", page);

        assertThat(data(page).path("events")).hasSizeGreaterThan(4_990);
    }

    private static String page(Story story, int tgid) throws Exception {
        Incident incident = story.incident();
        Death death = incident.deaths().stream()
                .filter(each -> each.process().tgid() == tgid)
                .findFirst()
                .orElseThrow();
        return new HtmlReport(new Report(incident, death)).toHtml();
    }

    private static JsonNode data(String page) throws Exception {
        String data = page.substring(page.indexOf("id=\"data\">") + 10);
        return new ObjectMapper().readTree(data.substring(0, data.indexOf("</script>")));
    }

    private static void save(String name, String page) throws Exception {
        Files.createDirectories(SAMPLE.getParent());
        Files.writeString(SAMPLE.resolveSibling(name), page);
    }
}

// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.agent.publish.TopicOutcome.Kind;
import io.processsignals.embedded.EmbeddedKafka;
import io.processsignals.embedded.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TopicProvisionerIT {
    private static EmbeddedKafka kafka;

    @BeforeAll
    static void start() throws Exception {
        kafka = EmbeddedKafka.startTemporary();
    }

    @AfterAll
    static void stop() throws Exception {
        kafka.close();
    }

    @Test
    void aMissingTopicIsCreatedOnce() throws Exception {
        TopicProvisioner topic = provisioner(TopicOptions.of("created", true));

        assertThat(topic.ensure().kind()).isEqualTo(Kind.CREATED);
        assertThat(topic.ensure().kind()).isEqualTo(Kind.PRESENT);

        TopicDescription description = describe("created");
        assertThat(description.partitions())
                .hasSize(12)
                .allSatisfy(partition -> assertThat(partition.replicas()).hasSize(1));
        Config config = config("created");
        assertThat(config.get("cleanup.policy").value()).isEqualTo("delete");
        assertThat(config.get("retention.ms").value()).isEqualTo("604800000");
        assertThat(config.get("retention.bytes").value()).isEqualTo("10737418240");
        assertThat(config.get("segment.ms").value()).isEqualTo("3600000");
        assertThat(config.get("compression.type").value()).isEqualTo("producer");
        assertThat(config.get("message.timestamp.type").value()).isEqualTo("CreateTime");
        assertThat(config.get("min.insync.replicas").value()).isEqualTo("1");
    }

    @Test
    void whatIsAskedForIsWhatIsCreated() throws Exception {
        TopicOptions options = TopicOptions.of("chosen", true)
                .withPartitions(2)
                .withReplicationFactor((short) 1)
                .withRetention(Duration.ofMillis(-1));

        assertThat(provisioner(options).ensure())
                .isEqualTo(new TopicOutcome(Kind.CREATED, "created topic 'chosen' with 2 partitions and 1 replica", 2));

        assertThat(describe("chosen").partitions()).hasSize(2);
        assertThat(config("chosen").get("retention.ms").value()).isEqualTo("-1");
    }

    @Test
    void aTopicThatIsThereIsLeftAsItIs() throws Exception {
        Topics.create(kafka.bootstrapServers(), "there", 1);

        TopicOutcome outcome = provisioner(TopicOptions.of("there", true)).ensure();

        assertThat(outcome.kind()).isEqualTo(Kind.PRESENT);
        assertThat(outcome.isUsable()).isTrue();
        assertThat(describe("there").partitions()).hasSize(1);
    }

    @Test
    void aMissingTopicThatMayNotBeCreatedIsNamed() throws Exception {
        TopicOutcome outcome = provisioner(TopicOptions.of("absent", false)).ensure();

        assertThat(outcome.kind()).isEqualTo(Kind.MISSING);
        assertThat(outcome.isUsable()).isFalse();
        assertThat(outcome.message()).contains("'absent'", "topic.create=true").doesNotContain("\n");
    }

    @Test
    void aTopicThatKafkaRefusesIsSaidSo() throws Exception {
        TopicOutcome outcome =
                provisioner(TopicOptions.of("refused", true).withPartitions(0)).ensure();

        assertThat(outcome.kind()).isEqualTo(Kind.REFUSED);
        assertThat(outcome.message()).contains("'refused'").doesNotContain("\n");
    }

    @Test
    void noBrokerIsSaidWithItsAddress() throws Exception {
        TopicOutcome outcome = new TopicProvisioner(
                        Map.of("bootstrap.servers", "127.0.0.1:1", "default.api.timeout.ms", 500),
                        TopicOptions.of("any", true))
                .ensure();

        assertThat(outcome.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(outcome.message())
                .contains("127.0.0.1:1", "kafka.bootstrap.servers")
                .doesNotContain("\n");
    }

    @Test
    void aBrokerNameThatDoesNotResolveIsSaidSo() throws Exception {
        TopicOutcome outcome = new TopicProvisioner(
                        Map.of("bootstrap.servers", "no-such-host.invalid:9092", "default.api.timeout.ms", 500),
                        TopicOptions.of("any", true))
                .ensure();

        assertThat(outcome.kind()).isEqualTo(Kind.UNREACHABLE);
    }

    private static TopicProvisioner provisioner(TopicOptions options) {
        return new TopicProvisioner(Map.of("bootstrap.servers", kafka.bootstrapServers()), options);
    }

    private static Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()));
    }

    private static TopicDescription describe(String topic) throws Exception {
        try (Admin admin = admin()) {
            return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
        }
    }

    private static Config config(String topic) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try (Admin admin = admin()) {
            return admin.describeConfigs(List.of(resource)).all().get().get(resource);
        }
    }
}

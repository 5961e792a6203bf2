// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.streams;

import io.processsignals.events.EventType;
import io.processsignals.events.ExitInfo;
import io.processsignals.events.ProcessReference;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.SignalInfo;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.LogAndContinueExceptionHandler;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.StreamJoined;
import org.jspecify.annotations.Nullable;

/**
 * Joins signals to exits by key within a window: the second way of the contract's "From an exit to its cause". The exit
 * names its cause already; who joins by itself does it so, and can join other things than exits.
 *
 * <p>No repartitioning before the join: signal and exit of a process have one key, so they lie in one partition, and
 * the signal comes first. A pid may be used again within the window; the identity of the process is compared too.
 * Repeated records change nothing, since the output keeps one row per death.
 */
public final class SignalJoin {
    /** At most so long from the signal to the death. */
    static final Duration WINDOW = Duration.ofMinutes(5);

    /** Partitions hold many nodes: one that was cut off sends its events so much later than the others. */
    private static final Duration GRACE = Duration.ofHours(1);

    private SignalJoin() {}

    private record Sent(
            String bootId,
            long startTime,
            int signal,
            long bootTime,
            int senderTgid,
            long senderStartTime,
            String senderCommand) {}

    private record Ended(
            String node, String bootId, int tgid, long startTime, String command, int signal, long bootTime) {}

    /**
     * @param input topic of events
     * @param output topic that gets {@link ExplainedDeath} as JSON, the key being the process; may be compacted
     * @param registry base URL
     */
    public static Topology topology(String input, String output, String registry) {
        Serde<ProcessSignalEvent> eventSerde =
                Serdes.serdeFrom((topic, event) -> null, new EventDeserializer(registry));
        Serde<ExplainedDeath> deathSerde = JsonSerde.of(ExplainedDeath.class);
        StreamsBuilder builder = new StreamsBuilder();
        KStream<String, ProcessSignalEvent> events = builder.stream(input, Consumed.with(Serdes.String(), eventSerde));
        KStream<String, Sent> signals =
                events.filter((key, event) -> isFatalSignal(event)).mapValues(SignalJoin::sent);
        KStream<String, Ended> exits =
                events.filter((key, event) -> isDeathBySignal(event)).mapValues(SignalJoin::ended);
        exits.join(
                        signals,
                        SignalJoin::explain,
                        JoinWindows.ofTimeDifferenceAndGrace(WINDOW, GRACE),
                        StreamJoined.with(Serdes.String(), JsonSerde.of(Ended.class), JsonSerde.of(Sent.class)))
                .filter((key, death) -> death != null)
                .groupBy((key, death) -> death.process(), Grouped.with(Serdes.String(), deathSerde))
                .reduce(ExplainedDeath::earlier, Materialized.with(Serdes.String(), deathSerde))
                .toStream()
                .to(output, Produced.with(Serdes.String(), deathSerde));
        return builder.build();
    }

    /** Starts it; to be closed by the caller. */
    static KafkaStreams start(Topology topology, Map<String, ?> config) {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "process-signals-join");
        properties.put(
                StreamsConfig.DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG, LogAndContinueExceptionHandler.class);
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.AT_LEAST_ONCE);
        properties.putAll(config);
        KafkaStreams streams = new KafkaStreams(topology, properties);
        streams.start();
        return streams;
    }

    private static boolean isFatalSignal(ProcessSignalEvent event) {
        return event.getEventType() == EventType.SIGNAL_SENT
                && event.getSignalInfo() != null
                && event.getSignalInfo().getFatal();
    }

    private static boolean isDeathBySignal(ProcessSignalEvent event) {
        return event.getEventType() == EventType.PROCESS_EXIT
                && event.getExitInfo() != null
                && event.getExitInfo().getSignal() != null;
    }

    private static Sent sent(ProcessSignalEvent event) {
        SignalInfo info = event.getSignalInfo();
        ProcessReference sender = event.getSender();
        return new Sent(
                event.getBootId(),
                event.getStartTime(),
                info.getSignal(),
                event.getBootTime(),
                sender == null ? 0 : sender.getTgid(),
                sender == null ? 0 : sender.getStartTime(),
                sender == null ? "" : sender.getCommand());
    }

    private static Ended ended(ProcessSignalEvent event) {
        ExitInfo info = event.getExitInfo();
        return new Ended(
                event.getNode(),
                event.getBootId(),
                event.getTgid(),
                event.getStartTime(),
                event.getCommand(),
                info.getSignal(),
                event.getBootTime());
    }

    /** Nothing if the signal is not the cause: another life of the pid, another number, or sent too late. */
    private static @Nullable ExplainedDeath explain(Ended exit, Sent sent) {
        boolean same = exit.bootId.equals(sent.bootId) && exit.startTime == sent.startTime;
        if (!same || exit.signal != sent.signal || sent.bootTime > exit.bootTime) {
            return null;
        }
        return new ExplainedDeath(
                exit.node,
                exit.bootId,
                exit.tgid,
                exit.startTime,
                exit.command,
                exit.signal,
                sent.bootTime,
                exit.bootTime,
                sent.senderTgid,
                sent.senderStartTime,
                sent.senderCommand);
    }
}

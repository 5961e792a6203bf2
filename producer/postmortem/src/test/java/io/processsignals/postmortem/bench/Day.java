// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.bench;

import io.processsignals.common.codec.ConstantText;
import io.processsignals.common.codec.EventEncoder;
import io.processsignals.common.codec.MutableEvent;
import io.processsignals.common.log.EncodedEvent;
import io.processsignals.events.ContainerRuntime;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.SignalDisposition;
import io.processsignals.events.SignalOrigin;
import io.processsignals.events.SignalResult;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The events of a fleet's day by number, always the same ones: execs and clean exits mostly, a few kills; and in the
 * middle of it somebody's SIGKILL to {@link #VICTIM} on {@code node-7}, and its death. Used by one thread.
 */
final class Day {
    static final Instant BEGIN = Instant.parse("2026-11-20T00:00:00Z");
    static final int VICTIM = 4_242_424;

    private static final long MICROS = TimeUnit.DAYS.toMicros(1);
    private static final int CHUNK = 5_000;
    private static final int NODES = 40;
    private static final int CPUS = 4;
    private static final int PODS = 200;
    private static final int WORKERS = 500;
    private static final int SHARDS = 10_000;
    private static final int VICTIMS_NODE = 7;

    private static final ConstantText SHARD = ConstantText.of("--shard");
    private static final ConstantText ONCE = ConstantText.of("--once");
    private static final ConstantText SLEEP = ConstantText.of("sleep");
    private static final ConstantText BASH = ConstantText.of("bash");
    private static final ConstantText SSHD = ConstantText.of("sshd");
    private static final ConstantText SIGKILL = ConstantText.of("SIGKILL");
    private static final ConstantText SI_USER = ConstantText.of("SI_USER");

    private final Random random = new Random(7);
    private final List<ConstantText> nodes = texts(NODES, node -> "node-" + node);
    private final List<ConstantText> boots =
            texts(NODES, node -> "0c3b4a6e-77c1-4f8e-9d0b-" + (100_000_000_000L + node));
    private final List<ConstantText> workers = texts(WORKERS, worker -> "/usr/bin/worker-" + worker);
    private final List<ConstantText> shards = texts(SHARDS, String::valueOf);
    private final List<MutableEvent.Container> pods =
            IntStream.range(0, PODS).mapToObj(Day::pod).toList();
    private final Map<Hook, long[]> sequences = new EnumMap<>(Map.of(
            Hook.PROCESS_EXEC, new long[NODES * CPUS],
            Hook.PROCESS_EXIT, new long[NODES * CPUS],
            Hook.SIGNAL_GENERATE, new long[NODES * CPUS]));
    private final EventEncoder encoder = new EventEncoder();
    private final MutableEvent event = new MutableEvent();
    private final EncodedEvent encoded = new EncodedEvent();
    private final String topic;
    private final int schemaId;
    private final int events;

    /** @param events of the whole day */
    Day(String topic, int schemaId, int events) {
        this.topic = topic;
        this.schemaId = schemaId;
        this.events = events;
    }

    private static List<ConstantText> texts(int count, Function<Integer, String> text) {
        return IntStream.range(0, count)
                .mapToObj(i -> ConstantText.of(text.apply(i)))
                .toList();
    }

    private static MutableEvent.Container pod(int number) {
        MutableEvent.Container pod = new MutableEvent.Container().begin();
        pod.cgroupId = number;
        pod.cgroupPath.set("/kubepods/burstable/pod-api-" + number);
        pod.runtime = ContainerRuntime.CONTAINERD;
        pod.containerId.set(String.format("%064x", number));
        pod.podNamespace.set("payments");
        pod.podName.set("api-" + number);
        return pod.freeze();
    }

    /** At most {@value #CHUNK}, from this number on; to be asked for in order. */
    List<ProducerRecord<byte[], byte[]>> records(int from) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>(CHUNK);
        for (int i = from; i < Math.min(from + CHUNK, events); i++) {
            make(i);
            encoder.encode(event, encoded);
            byte[] value = ByteBuffer.allocate(5 + encoded.valueLength)
                    .put((byte) 0)
                    .putInt(schemaId)
                    .put(encoded.value, 0, encoded.valueLength)
                    .array();
            byte[] key = Arrays.copyOf(encoded.key, encoded.keyLength);
            records.add(new ProducerRecord<>(topic, null, encoded.timestampMicros / 1_000, key, value));
        }
        return records;
    }

    private void make(int i) {
        boolean victim = i >= events / 2 && i < events / 2 + 2;
        int node = victim ? VICTIMS_NODE : random.nextInt(NODES);
        int kind = victim ? 1_998 + (i - events / 2) : random.nextInt(2_000);
        event.clear();
        if (kind < 1_000) {
            exec();
        } else if (kind == 1_998) {
            kill();
        } else {
            exit(kind == 1_999);
        }
        event.container = pods.get(random.nextInt(PODS));
        event.tgid = victim ? VICTIM : 1 + random.nextInt(1 << 20);
        event.pid = event.tgid;
        event.ppid = 1;
        event.startTime = victim ? 1_000 : 1_000L + event.tgid;
        event.command.set(SLEEP);
        event.parentCommand.set(BASH);
        event.node.set(nodes.get(node));
        event.bootId.set(boots.get(node));
        event.captureId = 7;
        event.cpu = random.nextInt(CPUS);
        event.timestamp = TimeUnit.SECONDS.toMicros(BEGIN.getEpochSecond()) + MICROS / events * i;
        event.bootTime = 1_000_000L + MICROS / events * i;
        event.sequence = ++sequences.get(event.hook)[node * CPUS + event.cpu];
    }

    private void exec() {
        event.eventType = EventType.PROCESS_EXEC;
        event.hook = Hook.PROCESS_EXEC;
        MutableEvent.ExecInfo exec = event.execInfo.begin();
        exec.filename.set(workers.get(random.nextInt(WORKERS)));
        exec.arguments.begin();
        exec.arguments.add().set(SHARD);
        exec.arguments.add().set(shards.get(random.nextInt(SHARDS)));
        exec.arguments.add().set(ONCE);
    }

    private void exit(boolean killed) {
        event.eventType = EventType.PROCESS_EXIT;
        event.hook = Hook.PROCESS_EXIT;
        MutableEvent.ExitInfo exit = event.exitInfo.begin();
        if (killed) {
            exit.waitStatus = 9;
            exit.code = 137;
            exit.signal.set(9);
            exit.signalName.set(SIGKILL);
        }
    }

    private void kill() {
        event.eventType = EventType.SIGNAL_SENT;
        event.hook = Hook.SIGNAL_GENERATE;
        MutableEvent.SignalInfo signal = event.signalInfo.begin();
        signal.signal = 9;
        signal.signalName.set(SIGKILL);
        signal.siCodeName.set(SI_USER);
        signal.origin = SignalOrigin.USER;
        signal.groupDirected = true;
        signal.result = SignalResult.DELIVERED;
        signal.disposition = SignalDisposition.DEFAULT;
        signal.fatal = true;
        event.senderPid.set(8_121);
        MutableEvent.ProcessReference sender = event.sender.begin();
        sender.pid = 8_121;
        sender.tgid = 8_121;
        sender.ppid = 700;
        sender.command.set(BASH);
        sender.parentCommand.set(SSHD);
    }
}

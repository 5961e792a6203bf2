// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.fuzz;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Volume where Jazzer gives direction: takes the inputs that Jazzer found worth keeping, changes each a little in some
 * places, and runs the target on them without instrumentation, some hundred times as fast. What Jazzer finds with
 * coverage, this beats on from all sides.
 *
 * <p>Arguments: class of the target, seconds, most inputs, random seed, where to leave an input that breaks it, folders
 * with inputs. An input that does not come back is written too, by a watchdog that ends the process.
 */
public final class CorpusMutator {
    private static final int HANG_SECONDS = 120;
    private static final int MAX_LENGTH = 4096;
    private static final int CHECK_CLOCK_EVERY = 64;
    private static final int[] INTERESTING = {0, 1, 7, 8, 16, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000};

    private final MethodHandle target;
    private final List<byte[]> corpus;
    private final SplittableRandom random;
    private volatile byte[] current = new byte[0];
    private volatile long executed;

    private CorpusMutator(MethodHandle target, List<byte[]> corpus, long seed) {
        this.target = target;
        this.corpus = corpus;
        this.random = new SplittableRandom(seed);
    }

    public static void main(String[] arguments) throws Throwable {
        MethodHandle target = MethodHandles.lookup()
                .findStatic(
                        Class.forName(arguments[0]),
                        "fuzzerTestOneInput",
                        MethodType.methodType(void.class, byte[].class));
        List<byte[]> corpus = new ArrayList<>();
        for (String folder : List.of(arguments).subList(5, arguments.length)) {
            try (Stream<Path> files = Files.list(Path.of(folder))) {
                for (Path file : files.sorted().toList()) {
                    corpus.add(Files.readAllBytes(file));
                }
            }
        }
        CorpusMutator mutator = new CorpusMutator(target, corpus, Long.parseLong(arguments[3]));
        Path broken = Path.of(arguments[4]);
        mutator.watch(broken);
        try {
            mutator.run(Long.parseLong(arguments[1]), Long.parseLong(arguments[2]));
        } catch (Throwable e) {
            Files.write(broken, mutator.current);
            throw e;
        }
        System.out.println("executed: " + mutator.executed + " from " + corpus.size() + " inputs");
    }

    private void run(long seconds, long most) throws Throwable {
        long end = System.nanoTime() + seconds * 1_000_000_000;
        long count = 0;
        while (count < most && (count % CHECK_CLOCK_EVERY != 0 || System.nanoTime() - end < 0)) {
            byte[] input = mutated();
            current = input.clone(); // a target may change what it is given
            target.invokeExact(input);
            executed = ++count;
        }
    }

    private byte[] mutated() {
        byte[] input = any().clone();
        int changes = 1 << random.nextInt(5);
        for (int i = 0; i < changes; i++) {
            input = changed(input);
        }
        return input.length <= MAX_LENGTH ? input : Arrays.copyOf(input, MAX_LENGTH);
    }

    private byte[] any() {
        return corpus.get(random.nextInt(corpus.size()));
    }

    private byte[] changed(byte[] input) {
        if (input.length == 0) {
            return new byte[] {(byte) random.nextInt(256)};
        }
        int at = random.nextInt(input.length);
        int length = 1 + random.nextInt(Math.min(16, input.length - at));
        switch (random.nextInt(8)) {
            case 0 -> input[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> input[at] = (byte) random.nextInt(256);
            case 2 -> input[at] += (byte) (random.nextInt(33) - 16);
            case 3 -> { // a number, in either byte order
                int value = INTERESTING[random.nextInt(INTERESTING.length)] * (random.nextBoolean() ? 1 : -1);
                boolean little = random.nextBoolean();
                for (int i = 0; i < Math.min(4, input.length - at); i++) {
                    input[at + i] = (byte) (value >> (little ? 8 * i : 24 - 8 * i));
                }
            }
            case 4 -> input = spliced(input, at, input, at + length, input.length); // cut out
            case 5 -> input = spliced(input, at + length, input, at, input.length); // double
            case 6 -> {
                byte[] other = any();
                int from = other.length == 0 ? 0 : random.nextInt(other.length);
                input = spliced(input, at, other, from, other.length); // the end of another
            }
            default -> {
                byte[] other = any();
                int from = other.length == 0 ? 0 : random.nextInt(other.length);
                int bytes = Math.min(Math.min(length, other.length - from), input.length - at);
                System.arraycopy(other, from, input, at, bytes); // a piece of another
            }
        }
        return input;
    }

    private static byte[] spliced(byte[] head, int headEnd, byte[] tail, int from, int to) {
        byte[] result = Arrays.copyOf(head, headEnd + to - from);
        System.arraycopy(tail, from, result, headEnd, to - from);
        return result;
    }

    private void watch(Path broken) {
        Thread watchdog = new Thread(() -> {
            long before = -1;
            while (executed != before) {
                before = executed;
                try {
                    Thread.sleep(HANG_SECONDS * 1_000L);
                } catch (InterruptedException e) {
                    return;
                }
            }
            System.err.println("no end after " + HANG_SECONDS + " s");
            try {
                Files.write(broken, current);
            } catch (IOException e) {
                System.err.println(new String(current, StandardCharsets.ISO_8859_1));
            }
            Runtime.getRuntime().halt(1);
        });
        watchdog.setDaemon(true);
        watchdog.start();
    }
}

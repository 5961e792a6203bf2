// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.signal;

import io.processsignals.common.NearestName;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.StringJoiner;

/** Sets of signals as the kernel keeps them: bit {@code signal - 1} of a {@code long}. */
public final class SignalMask {
    /** Every signal, 1 to 64. */
    public static final long ALL = -1L;

    /** The signals whose default action ends the process. */
    public static final long FATAL = fatal();

    private static final String HELP = "use fatal, all, names or numbers of signals, or ranges, separated by commas,"
            + " for example SIGTERM,SIGKILL,34-64";

    /** In upper case, with and without SIG, what {@link #parse} takes -> as it is best written. */
    private static final Map<String, String> NAMES = names();

    private SignalMask() {}

    public static long of(int signal) {
        if (!Signals.isSignal(signal)) {
            throw new IllegalArgumentException("no signal has the number " + signal);
        }
        return 1L << (signal - 1);
    }

    public static boolean contains(long mask, int signal) {
        return Signals.isSignal(signal) && (mask & of(signal)) != 0;
    }

    /**
     * Reads a set: {@code fatal}, {@code all}, names, numbers and ranges, separated by commas, in any case.
     *
     * @throws IllegalArgumentException if it does not understand a part of it; the message says which, and what to
     *     write
     */
    public static long parse(String text) {
        long mask = 0;
        for (String part : text.split(",", -1)) {
            mask |= parsePart(part.strip());
        }
        return mask;
    }

    /** Shortest form that {@link #parse} reads back to the same set; empty for the empty set. */
    public static String format(long mask) {
        if (mask == ALL) {
            return "all";
        }
        if (mask == FATAL) {
            return "fatal";
        }
        StringJoiner parts = new StringJoiner(",");
        for (int first = 1; first <= Signals.MAX; first++) {
            if (!contains(mask, first)) {
                continue;
            }
            int last = first;
            while (contains(mask, last + 1)) {
                last++;
            }
            if (last - first > 1) {
                parts.add(first + "-" + last);
                first = last;
            } else {
                parts.add(Signals.name(first));
            }
        }
        return parts.toString();
    }

    private static long parsePart(String part) {
        if (part.equalsIgnoreCase("all")) {
            return ALL;
        }
        if (part.equalsIgnoreCase("fatal")) {
            return FATAL;
        }
        OptionalInt single = Signals.number(part);
        if (single.isPresent()) {
            return of(single.getAsInt());
        }
        // A name may hold a dash itself (SIGRTMAX-2): try every dash as the one of a range
        for (int dash = part.indexOf('-'); dash >= 0; dash = part.indexOf('-', dash + 1)) {
            OptionalInt first = Signals.number(part.substring(0, dash));
            OptionalInt last = Signals.number(part.substring(dash + 1));
            if (first.isPresent() && last.isPresent()) {
                return range(part, first.getAsInt(), last.getAsInt());
            }
        }
        throw new IllegalArgumentException("'" + part + "' is no signal" + suggestion(part) + "; " + HELP);
    }

    private static long range(String part, int first, int last) {
        if (first > last) {
            throw new IllegalArgumentException(
                    "the range '" + part + "' ends before it begins: write the lower signal first");
        }
        return (ALL << (first - 1)) & (ALL >>> (Signals.MAX - last));
    }

    private static String suggestion(String part) {
        return NearestName.find(part.toUpperCase(Locale.ROOT), NAMES.keySet(), 2)
                .map(nearest -> " (did you mean " + NAMES.get(nearest) + "?)")
                .orElse("");
    }

    private static Map<String, String> names() {
        Map<String, String> names = new LinkedHashMap<>();
        names.put("FATAL", "fatal");
        names.put("ALL", "all");
        for (int signal = 1; signal <= Signals.MAX; signal++) {
            String name = Signals.name(signal);
            names.put(name, name);
            if (name.startsWith("SIG")) {
                names.put(name.substring(3), name);
            }
        }
        return Collections.unmodifiableMap(names);
    }

    private static long fatal() {
        long mask = 0;
        for (int signal = 1; signal <= Signals.MAX; signal++) {
            if (Signals.defaultAction(signal).isFatal()) {
                mask |= of(signal);
            }
        }
        return mask;
    }
}

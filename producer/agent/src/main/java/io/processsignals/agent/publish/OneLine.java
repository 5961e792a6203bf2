// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

/** Makes a line of what other people's exceptions say. */
final class OneLine {
    private static final int MAX_LENGTH = 300;

    private OneLine() {}

    static String of(String text) {
        String line = text.replaceAll("\\p{Cntrl}+", " ").strip();
        return line.length() <= MAX_LENGTH ? line : line.substring(0, MAX_LENGTH) + "...";
    }

    /** The failure's own message, and that of its root where it says more. */
    static String of(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        String message = text(failure);
        return of(root == failure || message.contains(text(root)) ? message : message + ": " + text(root));
    }

    private static String text(Throwable failure) {
        return failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
    }
}

// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.faults;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** What a running agent serves at {@code /metrics}. */
public final class Metrics {
    /** One for all: a client has a thread of its own, and metrics are asked for many times a second. */
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private Metrics() {}

    public static String text(URI url) throws IOException, InterruptedException {
        return CLIENT.send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    /** The sum of the series of this name; of those whose labels begin so, if there are any. */
    public static double sum(String text, String series) {
        return text.lines()
                .filter(line -> line.startsWith(series) && !isNamePart(line.charAt(series.length())))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static boolean isNamePart(char next) {
        return next == '_' || Character.isLetterOrDigit(next);
    }
}

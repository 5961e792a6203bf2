// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.apache.avro.Schema;

/** Puts schemas into a registry, as a producer does. */
public final class Registration {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Registration() {}

    /**
     * Registers under a subject of its own, so that nothing has to be compatible.
     *
     * @return the schema's id
     */
    public static int register(String registryUrl, Schema schema) throws IOException, InterruptedException {
        String body = JSON.writeValueAsString(Map.of("schema", schema.toString()));
        URI url = URI.create(registryUrl + "/subjects/s-" + UUID.randomUUID() + "/versions");
        HttpResponse<String> response = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .build()
                .send(
                        HttpRequest.newBuilder(url)
                                .timeout(Duration.ofSeconds(10))
                                .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        return JSON.readTree(response.body()).get("id").asInt();
    }
}

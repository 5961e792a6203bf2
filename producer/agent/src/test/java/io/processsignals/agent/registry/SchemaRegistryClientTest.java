// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.agent.registry.RegistryOutcome.Kind;
import io.processsignals.agent.registry.RegistryServer.Request;
import io.processsignals.agent.registry.RegistryServer.Response;
import io.processsignals.events.ProcessSignalEvent;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.apache.avro.Schema;
import org.apache.kafka.common.config.types.Password;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SchemaRegistryClientTest {
    private static final String SUBJECT = "topic-value";
    private static final Response FOUND = Response.of(200, "{\"subject\":\"topic-value\",\"version\":3,\"id\":42}");
    private static final Response NO_SUBJECT =
            Response.of(404, "{\"error_code\":40401,\"message\":\"Subject 'topic-value' not found.\"}");

    private final List<AutoCloseable> started = new ArrayList<>();

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable one : started) {
            one.close();
        }
    }

    @Test
    void aKnownSchemaIsLookedUpAndNotRegistered() throws Exception {
        RegistryServer server = server(request -> FOUND);

        RegistryOutcome outcome = resolve(RegistryOptions.of(List.of(server.url())));

        assertThat(outcome.kind()).isEqualTo(Kind.REGISTERED);
        assertThat(outcome.isRegistered()).isTrue();
        assertThat(outcome.schemaId()).isEqualTo(42);
        assertThat(server.requests()).singleElement().satisfies(request -> {
            assertThat(request.method()).isEqualTo("POST");
            assertThat(request.path()).isEqualTo("/subjects/topic-value");
            assertThat(request.contentType()).isEqualTo("application/vnd.schemaregistry.v1+json");
            assertThat(request.body()).startsWith("{\"schema\":\"").contains("ProcessSignalEvent");
        });
    }

    @Test
    void anUnknownSchemaIsRegistered() throws Exception {
        RegistryServer server =
                server(request -> request.path().endsWith("/versions") ? Response.of(200, "{\"id\":7}") : NO_SUBJECT);

        RegistryOutcome outcome = resolve(RegistryOptions.of(List.of(server.url() + "/apis/ccompat/v7/")));

        assertThat(outcome.schemaId()).isEqualTo(7);
        assertThat(server.requests())
                .extracting(Request::path)
                .containsExactly(
                        "/apis/ccompat/v7/subjects/topic-value", "/apis/ccompat/v7/subjects/topic-value/versions");
    }

    @Test
    void withoutAutoRegisterAnUnknownSchemaIsMissing() throws Exception {
        RegistryServer server =
                server(request -> Response.of(404, "{\"error_code\":40403,\"message\":\"Schema not found\"}"));

        RegistryOutcome outcome =
                resolve(RegistryOptions.of(List.of(server.url())).withAutoRegister(false));

        assertThat(outcome.kind()).isEqualTo(Kind.MISSING);
        assertThat(outcome.message())
                .contains(server.url(), SUBJECT, "registry.auto.register=true")
                .doesNotContain("\n");
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void anIncompatibleSchemaIsRefusedInOneLine() throws Exception {
        RegistryServer server = server(request -> request.path().endsWith("/versions")
                ? Response.of(409, "{\"error_code\":409,\"message\":\"Schema being registered\\nis incompatible\"}")
                : NO_SUBJECT);

        RegistryOutcome outcome = resolve(RegistryOptions.of(List.of(server.url())));

        assertThat(outcome.kind()).isEqualTo(Kind.REFUSED);
        assertThat(outcome.message())
                .contains(SUBJECT, "HTTP 409: Schema being registered is incompatible")
                .doesNotContain("\n");
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void refusedCredentialsAreUnauthorisedAndNotTriedElsewhere(int status) throws Exception {
        RegistryServer first = server(request -> Response.of(status, "{\"message\":\"no\"}"));
        RegistryServer second = server(request -> FOUND);

        RegistryOutcome outcome = resolve(
                RegistryOptions.of(List.of(first.url(), second.url())).withBasicAuth(new Password("alice:hunter2")));

        assertThat(outcome.kind()).isEqualTo(Kind.UNAUTHORISED);
        assertThat(outcome.message()).contains("registry.basic.auth.user.info").doesNotContain("hunter2", "alice");
        assertThat(second.requests()).isEmpty();
    }

    @Test
    void aSchemaThatIsNoneToTheRegistryIsInvalid() throws Exception {
        RegistryServer server = server(request -> request.path().endsWith("/versions")
                ? Response.of(422, "{\"error_code\":42201,\"message\":\"Invalid schema\"}")
                : NO_SUBJECT);

        assertThat(resolve(RegistryOptions.of(List.of(server.url()))))
                .extracting(RegistryOutcome::kind, RegistryOutcome::isRegistered)
                .containsExactly(Kind.INVALID, false);
    }

    @ParameterizedTest
    @ValueSource(strings = {"<html>hello</html>", "", "[]", "{\"id\":\"x\"}", "{\"id\":-3}", "{}"})
    void anAnswerThatIsNotOfTheApiIsInvalid(String body) throws Exception {
        RegistryServer server = server(request -> Response.of(200, body));

        RegistryOutcome outcome = resolve(RegistryOptions.of(List.of(server.url())));

        assertThat(outcome.kind()).isEqualTo(Kind.INVALID);
        assertThat(outcome.message()).contains("registry.url");
    }

    @Test
    void aPageThatIsNotFoundIsNotAMissingSchema() throws Exception {
        RegistryServer server = server(request -> Response.of(404, "<html>not here</html>"));

        RegistryOutcome outcome = resolve(RegistryOptions.of(List.of(server.url())));

        assertThat(outcome.kind()).isEqualTo(Kind.INVALID);
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void credentialsDoNotFollowARedirect() throws Exception {
        RegistryServer elsewhere = server(request -> FOUND);
        RegistryServer server = server(request -> new Response(307, "", elsewhere.url() + request.path()));

        RegistryOutcome outcome =
                resolve(RegistryOptions.of(List.of(server.url())).withBearerToken(new Password("t0ken")));

        assertThat(outcome.kind()).isEqualTo(Kind.INVALID);
        assertThat(elsewhere.requests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 503, 429})
    void aServerErrorLeadsToTheNextUrlWhichIsPreferredFromThenOn(int status) throws Exception {
        RegistryServer broken = server(request -> Response.of(status, "{\"error_code\":50001}"));
        RegistryServer working = server(request -> FOUND);
        SchemaRegistryClient client =
                new SchemaRegistryClient(RegistryOptions.of(List.of(broken.url(), working.url())));

        assertThat(client.resolve(SUBJECT, schema()).schemaId()).isEqualTo(42);
        assertThat(client.resolve(SUBJECT, schema()).schemaId()).isEqualTo(42);

        assertThat(broken.requests()).hasSize(1);
        assertThat(working.requests()).hasSize(2);
    }

    @Test
    void whenNobodyAnswersEachUrlIsNamedWithItsReason() throws Exception {
        int closed = closedPort();
        RegistryServer broken = server(request -> Response.of(502, ""));

        RegistryOutcome outcome = resolve(RegistryOptions.of(List.of("http://127.0.0.1:" + closed, broken.url())));

        assertThat(outcome.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(outcome.message())
                .contains("http://127.0.0.1:" + closed + " (connection refused)", broken.url() + " (HTTP 502)")
                .doesNotContain("\n");
    }

    @Test
    void aHostThatDoesNotExistIsSaidSo() throws Exception {
        RegistryOutcome outcome = resolve(RegistryOptions.of(List.of("http://no-such-host.invalid:8081")));

        assertThat(outcome.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(outcome.message()).contains("unknown host");
    }

    @Test
    void aServerThatNeverAnswersIsGivenUp() throws Exception {
        RegistryServer silent = server(request -> {
            new CountDownLatch(1).await();
            return FOUND;
        });

        RegistryOutcome outcome = resolve(
                RegistryOptions.of(List.of(silent.url())).withTimeouts(Duration.ofSeconds(1), Duration.ofMillis(300)));

        assertThat(outcome.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(outcome.message()).contains("no answer within 300 ms");
    }

    @Test
    void aBodyThatNeverEndsIsGivenUp() throws Exception {
        ServerSocket socket = rawServer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");

        RegistryOutcome outcome = resolve(RegistryOptions.of(List.of("http://127.0.0.1:" + socket.getLocalPort()))
                .withTimeouts(Duration.ofSeconds(1), Duration.ofMillis(500)));

        assertThat(outcome.kind()).isEqualTo(Kind.UNREACHABLE);
    }

    @Test
    void aBodyThatIsTooLargeIsGivenUp() throws Exception {
        RegistryServer server = server(request -> Response.of(200, " ".repeat(2 << 20)));

        RegistryOutcome outcome = resolve(RegistryOptions.of(List.of(server.url())));

        assertThat(outcome.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(outcome.message()).contains("larger than");
    }

    @Test
    @Timeout(20)
    void anInterruptEndsTheWait() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        RegistryServer silent = server(request -> {
            asked.countDown();
            new CountDownLatch(1).await();
            return FOUND;
        });
        CompletableFuture<Throwable> ended = new CompletableFuture<>();
        Thread asking = new Thread(() -> {
            try {
                resolve(RegistryOptions.of(List.of(silent.url())).withTimeouts(Duration.ofDays(1), Duration.ofDays(1)));
                ended.complete(new AssertionError("it answered"));
            } catch (InterruptedException e) {
                ended.complete(e);
            }
        });
        asking.start();
        asked.await();

        asking.interrupt();

        assertThat(ended.get()).isInstanceOf(InterruptedException.class);
    }

    @Test
    void basicAuthenticationIsSent() throws Exception {
        RegistryServer server = server(request -> FOUND);

        resolve(RegistryOptions.of(List.of(server.url())).withBasicAuth(new Password("alice:hünter2")));

        assertThat(server.requests().get(0).authorization())
                .isEqualTo("Basic " + Base64.getEncoder().encodeToString("alice:hünter2".getBytes(UTF_8)));
    }

    @Test
    void aBearerTokenIsSent() throws Exception {
        RegistryServer server = server(request -> FOUND);

        resolve(RegistryOptions.of(List.of(server.url())).withBearerToken(new Password("t0ken")));

        assertThat(server.requests().get(0).authorization()).isEqualTo("Bearer t0ken");
    }

    @Test
    void userInformationInAUrlBecomesAuthenticationAndIsNeverShown() throws Exception {
        RegistryServer server = server(request -> Response.of(401, ""));
        RegistryOptions options = RegistryOptions.of(List.of("http://alice:hunter%32@127.0.0.1:" + server.port()));

        RegistryOutcome outcome = resolve(options);

        assertThat(server.requests().get(0).authorization())
                .isEqualTo("Basic " + Base64.getEncoder().encodeToString("alice:hunter2".getBytes(UTF_8)));
        assertThat(outcome.message()).contains(server.url()).doesNotContain("alice", "hunter");
        assertThat(options.toString()).doesNotContain("alice", "hunter");
    }

    @Test
    void theSubjectIsThatOfTopicNameStrategy() {
        assertThat(SchemaRegistryClient.valueSubject("process-signals.events.v1"))
                .isEqualTo("process-signals.events.v1-value");
    }

    private RegistryServer server(RegistryServer.Behaviour behaviour) throws IOException {
        RegistryServer server = RegistryServer.start(behaviour);
        started.add(server);
        return server;
    }

    private ServerSocket rawServer(String answer) throws IOException {
        ServerSocket socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        started.add(socket);
        Thread thread = new Thread(() -> {
            try {
                Socket connection = socket.accept();
                started.add(connection);
                connection.getOutputStream().write(answer.getBytes(UTF_8));
                connection.getOutputStream().flush();
            } catch (IOException e) {
                // closed at the end of the test
            }
        });
        thread.setDaemon(true);
        thread.start();
        return socket;
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static RegistryOutcome resolve(RegistryOptions options) throws InterruptedException {
        return new SchemaRegistryClient(options).resolve(SUBJECT, schema());
    }

    private static Schema schema() {
        return ProcessSignalEvent.getClassSchema();
    }
}

// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.agent.registry.RegistryOutcome.Kind;
import io.processsignals.agent.registry.RegistryServer.Response;
import io.processsignals.events.ProcessSignalEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.SslConfigs;
import org.apache.kafka.common.config.types.Password;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SchemaRegistryTlsTest {
    @TempDir
    static Path folder;

    private static TestCertificates serverKey;
    private static TestCertificates clientKey;
    private static RegistryServer server;
    private static RegistryServer mutual;

    @BeforeAll
    static void start() throws Exception {
        serverKey = TestCertificates.make(folder, "server");
        clientKey = TestCertificates.make(folder, "client");
        RegistryServer.Behaviour found = request -> Response.of(200, "{\"id\":5}");
        server = RegistryServer.startTls(serverKey.serverContext(clientKey), false, found);
        mutual = RegistryServer.startTls(serverKey.serverContext(clientKey), true, found);
    }

    @AfterAll
    static void stop() {
        server.close();
        mutual.close();
    }

    @Test
    void theCertificateIsTrustedFromAPemFile() throws Exception {
        Path pem = Files.writeString(folder.resolve("ca.pem"), serverKey.certificatePem());

        RegistryOutcome outcome = resolve(
                server,
                Map.of(
                        SslConfigs.SSL_TRUSTSTORE_TYPE_CONFIG,
                        "PEM",
                        SslConfigs.SSL_TRUSTSTORE_LOCATION_CONFIG,
                        pem.toString()));

        assertThat(outcome.schemaId()).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"JKS", "PKCS12"})
    void theCertificateIsTrustedFromAKeystore(String type) throws Exception {
        RegistryOutcome outcome = resolve(
                server,
                Map.of(
                        SslConfigs.SSL_TRUSTSTORE_TYPE_CONFIG,
                        type,
                        SslConfigs.SSL_TRUSTSTORE_LOCATION_CONFIG,
                        serverKey.truststore(folder, type).toString(),
                        SslConfigs.SSL_TRUSTSTORE_PASSWORD_CONFIG,
                        new Password(TestCertificates.PASSWORD)));

        assertThat(outcome.schemaId()).isEqualTo(5);
    }

    @Test
    void anUnknownCertificateIsRefused() throws Exception {
        RegistryOutcome outcome = resolve(server, Map.of());

        assertThat(outcome.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(outcome.message()).contains(server.url(), "PKIX").doesNotContain("\n");
    }

    @Test
    void aCertificateForAnotherHostIsRefused() throws Exception {
        Path pem = Files.writeString(folder.resolve("ca.pem"), serverKey.certificatePem());

        RegistryOutcome outcome = new SchemaRegistryClient(
                        RegistryOptions.of(List.of("https://localhost:" + server.port()))
                                .withSsl(Map.of(
                                        SslConfigs.SSL_TRUSTSTORE_TYPE_CONFIG,
                                        "PEM",
                                        SslConfigs.SSL_TRUSTSTORE_LOCATION_CONFIG,
                                        pem.toString())))
                .resolve("s", ProcessSignalEvent.getClassSchema());

        assertThat(outcome.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(outcome.message()).contains("localhost");
    }

    @Test
    void aClientCertificateIsShownFromPemText() throws Exception {
        Map<String, Object> ssl = new HashMap<>();
        ssl.put(SslConfigs.SSL_TRUSTSTORE_TYPE_CONFIG, "PEM");
        ssl.put(SslConfigs.SSL_TRUSTSTORE_CERTIFICATES_CONFIG, new Password(serverKey.certificatePem()));
        ssl.put(SslConfigs.SSL_KEYSTORE_TYPE_CONFIG, "PEM");
        ssl.put(SslConfigs.SSL_KEYSTORE_KEY_CONFIG, new Password(clientKey.keyPem()));
        ssl.put(SslConfigs.SSL_KEYSTORE_CERTIFICATE_CHAIN_CONFIG, new Password(clientKey.certificatePem()));

        assertThat(resolve(mutual, ssl).schemaId()).isEqualTo(5);
    }

    @Test
    void aClientCertificateIsShownFromAKeystore() throws Exception {
        Map<String, Object> ssl = new HashMap<>();
        ssl.put(SslConfigs.SSL_TRUSTSTORE_TYPE_CONFIG, "PEM");
        ssl.put(SslConfigs.SSL_TRUSTSTORE_CERTIFICATES_CONFIG, new Password(serverKey.certificatePem()));
        ssl.put(SslConfigs.SSL_KEYSTORE_TYPE_CONFIG, "PKCS12");
        ssl.put(SslConfigs.SSL_KEYSTORE_LOCATION_CONFIG, clientKey.keystore().toString());
        ssl.put(SslConfigs.SSL_KEYSTORE_PASSWORD_CONFIG, new Password(TestCertificates.PASSWORD));

        assertThat(resolve(mutual, ssl).schemaId()).isEqualTo(5);
    }

    @Test
    void withoutTheClientCertificateTheServerRefuses() throws Exception {
        RegistryOutcome outcome = resolve(
                mutual,
                Map.of(
                        SslConfigs.SSL_TRUSTSTORE_TYPE_CONFIG,
                        "PEM",
                        SslConfigs.SSL_TRUSTSTORE_CERTIFICATES_CONFIG,
                        new Password(serverKey.certificatePem())));

        assertThat(outcome.kind()).isEqualTo(Kind.UNREACHABLE);
    }

    @Test
    void aMissingFileIsNamed() throws Exception {
        RegistryOutcome outcome = resolve(
                server,
                Map.of(
                        SslConfigs.SSL_TRUSTSTORE_TYPE_CONFIG,
                        "PEM",
                        SslConfigs.SSL_TRUSTSTORE_LOCATION_CONFIG,
                        "/no/such/ca.pem"));

        assertThat(outcome.kind()).isEqualTo(Kind.INVALID);
        assertThat(outcome.message()).contains("registry.ssl.*", "/no/such/ca.pem");
    }

    @Test
    void aWrongPasswordIsSaidSoAndNotShown() throws Exception {
        RegistryOutcome outcome = resolve(
                server,
                Map.of(
                        SslConfigs.SSL_TRUSTSTORE_TYPE_CONFIG,
                        "PKCS12",
                        SslConfigs.SSL_TRUSTSTORE_LOCATION_CONFIG,
                        serverKey.truststore(folder, "PKCS12").toString(),
                        SslConfigs.SSL_TRUSTSTORE_PASSWORD_CONFIG,
                        new Password("wr0ng")));

        assertThat(outcome.kind()).isEqualTo(Kind.INVALID);
        assertThat(outcome.message()).contains("password").doesNotContain("wr0ng");
    }

    private static RegistryOutcome resolve(RegistryServer server, Map<String, Object> ssl) throws InterruptedException {
        return new SchemaRegistryClient(
                        RegistryOptions.of(List.of(server.url())).withSsl(ssl))
                .resolve("s", ProcessSignalEvent.getClassSchema());
    }
}

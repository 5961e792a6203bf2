// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import io.processsignals.agent.registry.RegistryOptions;
import io.processsignals.agent.registry.RegistryOutcome;
import io.processsignals.agent.registry.SchemaRegistryClient;
import io.processsignals.common.codec.EventDecodeException;
import io.processsignals.common.log.LogRecord;
import io.processsignals.events.ProcessSignalEvent;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/**
 * Makes values with a serializer from a folder of jars, such as Confluent's own. It is handed
 * {@link ProcessSignalEvent}s, decoded from the records' bodies, which costs several times what the built-in encoder
 * does.
 *
 * <p>The folder's class loader asks the application's first: a serializer that saw another copy of Avro or of the
 * event's class would not know what it is given.
 */
public final class PluginEncoder implements ValueEncoder {
    /** Avro 1.12.2 does not load generated classes from packages that this system property does not name. */
    private static final String AVRO_PACKAGES = "org.apache.avro.SERIALIZABLE_PACKAGES";

    private static final String EVENTS_PACKAGE = ProcessSignalEvent.class.getPackageName();

    private final SchemaRegistryClient registry;
    private final String topic;
    private final URLClassLoader loader;
    private final Serializer<Object> serializer;
    private final RecordDecoder decoder = new RecordDecoder();
    private @Nullable RegistryOutcome registered;

    private PluginEncoder(
            SchemaRegistryClient registry, String topic, URLClassLoader loader, Serializer<Object> serializer) {
        this.registry = registry;
        this.topic = topic;
        this.loader = loader;
        this.serializer = serializer;
    }

    /**
     * Loads and configures the serializer.
     *
     * @param folder {@code plugin.path}: holds the jars
     * @param className {@code value.serializer}
     * @throws IOException if it cannot be loaded; the message says what to do
     */
    public static PluginEncoder load(Path folder, String className, RegistryOptions options, String topic)
            throws IOException {
        String trusted = System.getProperty(AVRO_PACKAGES, "");
        if (!trusted.equals("*") && !List.of(trusted.split(",")).contains(EVENTS_PACKAGE)) {
            throw new IOException("value.serializer " + className + " needs the JVM option -D" + AVRO_PACKAGES + "="
                    + EVENTS_PACKAGE + ", which bin/process-signals sets");
        }
        URLClassLoader loader = new URLClassLoader("value.serializer", jars(folder), parent());
        try {
            return configured(loader, className, options, topic);
        } catch (IOException | RuntimeException e) {
            loader.close();
            throw e;
        }
    }

    private static PluginEncoder configured(
            URLClassLoader loader, String className, RegistryOptions options, String topic) throws IOException {
        try {
            Object instance =
                    loader.loadClass(className).getDeclaredConstructor().newInstance();
            if (!(instance instanceof Serializer<?> found)) {
                throw new IOException("value.serializer " + className + " is no Kafka serializer");
            }
            @SuppressWarnings("unchecked") // whatever it takes, it is given events
            Serializer<Object> serializer = (Serializer<Object>) found;
            PluginEncoder encoder = new PluginEncoder(new SchemaRegistryClient(options), topic, loader, serializer);
            encoder.configure(settings(options));
            return encoder;
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new IOException(
                    "value.serializer " + className + " cannot be loaded (" + OneLine.of(e)
                            + "): put its jars into plugin.path",
                    e);
        }
    }

    @Override
    public RegistryOutcome prepare(Schema schema) throws InterruptedException {
        RegistryOutcome known = registered;
        if (known != null) {
            return known;
        }
        // What goes out is of this build's schema, whatever the record was written with. Asked by the built-in client,
        // so that a refusal reads the same with every serializer; the serializer then finds the schema there.
        RegistryOutcome outcome =
                registry.resolve(SchemaRegistryClient.valueSubject(topic), ProcessSignalEvent.getClassSchema());
        if (outcome.isRegistered()) {
            registered = outcome;
        }
        return outcome;
    }

    @Override
    public byte[] encode(LogRecord record) throws EventDecodeException, ValueEncodingException {
        ProcessSignalEvent event = decoder.decode(record);
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            return serializer.serialize(topic, event);
        } catch (SerializationException e) {
            throw new ValueEncodingException("value.serializer: " + OneLine.of(e), e);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    @Override
    public void close() {
        serializer.close();
        try {
            loader.close();
        } catch (IOException e) {
            // The jars were only read.
        }
    }

    private void configure(Map<String, Object> settings) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        // Kafka and Confluent load strategies and credential providers by name from the context class loader.
        thread.setContextClassLoader(loader);
        try {
            serializer.configure(settings, false);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** The registry client's options as Confluent's serializers name them. */
    private static Map<String, Object> settings(RegistryOptions options) {
        Map<String, Object> settings = new HashMap<>();
        settings.put(
                "schema.registry.url",
                options.urls().stream().map(URI::toString).collect(Collectors.joining(",")));
        settings.put("auto.register.schemas", options.autoRegister());
        // The schema of the contract, not the one that Avro's compiler decorated: one schema, one id.
        settings.put("avro.remove.java.properties", true);
        if (options.basicAuth().isPresent()) {
            settings.put("basic.auth.credentials.source", "USER_INFO");
            settings.put("basic.auth.user.info", options.basicAuth().get().value());
        } else if (options.bearerToken().isPresent()) {
            settings.put("bearer.auth.credentials.source", "STATIC_TOKEN");
            settings.put("bearer.auth.token", options.bearerToken().get().value());
        }
        options.ssl().forEach((key, value) -> settings.put("schema.registry." + key, value));
        return settings;
    }

    private static URL[] jars(Path folder) throws IOException {
        List<URL> jars = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.jar")) {
                for (Path file : files) {
                    jars.add(file.toUri().toURL());
                }
            }
        }
        if (jars.isEmpty()) {
            throw new IOException("plugin.path " + folder + " holds no jar: put those of value.serializer there");
        }
        return jars.toArray(URL[]::new);
    }

    private static ClassLoader parent() {
        return PluginEncoder.class.getClassLoader();
    }
}

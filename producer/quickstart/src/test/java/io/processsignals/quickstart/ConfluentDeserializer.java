// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * The genuine {@code io.confluent.kafka.serializers.KafkaAvroDeserializer}, with Avro and Kafka classes of its own: it
 * shares nothing with the agent.
 */
final class ConfluentDeserializer implements AutoCloseable {
    private static final Path BUNDLE = Path.of("target/confluent/pinot-confluent-avro-shaded.jar");
    private static final String CLASS = "io.confluent.kafka.serializers.KafkaAvroDeserializer";

    private final URLClassLoader loader;
    private final Object deserializer;
    private final Method deserialize;

    ConfluentDeserializer(String registryUrl) throws IOException, ReflectiveOperationException {
        if (!Files.exists(BUNDLE)) {
            throw new IOException(BUNDLE + " is missing: the build copies it before the tests");
        }
        loader = new URLClassLoader(new URL[] {BUNDLE.toUri().toURL()}, ClassLoader.getPlatformClassLoader());
        Class<?> type = loader.loadClass(CLASS);
        deserializer = inLoader(() -> type.getConstructor().newInstance());
        Method configure = type.getMethod("configure", Map.class, boolean.class);
        inLoader(() -> configure.invoke(deserializer, Map.of("schema.registry.url", registryUrl), false));
        deserialize = type.getMethod("deserialize", String.class, byte[].class);
    }

    /** A generic record, of the loader's Avro. */
    Fields deserialize(String topic, byte[] value) throws ReflectiveOperationException {
        return new Fields(inLoader(() -> deserialize.invoke(deserializer, topic, value)));
    }

    /** Kafka looks classes up in the thread's context loader. */
    private Object inLoader(Callable<Object> action) throws ReflectiveOperationException {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            return action.call();
        } catch (InvocationTargetException e) {
            throw new ReflectiveOperationException(e.getCause());
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    @Override
    public void close() throws IOException {
        loader.close();
    }

    /** A view of a generic record. */
    static final class Fields {
        private final Object record;

        private Fields(Object record) {
            this.record = record;
        }

        @Nullable
        Object get(String field) throws ReflectiveOperationException {
            return record.getClass().getMethod("get", String.class).invoke(record, field);
        }

        @Nullable
        Fields group(String field) throws ReflectiveOperationException {
            Object group = get(field);
            return group == null ? null : new Fields(group);
        }
    }
}

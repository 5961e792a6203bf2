// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.config;

import io.processsignals.common.NearestName;
import io.processsignals.common.signal.SignalMask;
import io.processsignals.common.spool.SpoolOptions;
import java.io.IOException;
import java.io.Reader;
import java.io.Serial;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigTransformer;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.common.config.provider.ConfigProvider;
import org.apache.kafka.common.config.provider.DirectoryConfigProvider;
import org.apache.kafka.common.config.provider.EnvVarConfigProvider;
import org.apache.kafka.common.config.provider.FileConfigProvider;
import org.jspecify.annotations.Nullable;

/** Makes an {@link AgentConfig} of a file and an environment, and collects every problem on the way. */
final class ConfigLoader {
    /** What Kubernetes sets in every pod beside a Service whose name begins with "process-signals". */
    private static final Pattern SERVICE_LINK =
            Pattern.compile("(.+_)?(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT(_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)");

    private static final Pattern SERVICE_LINK_PORT = Pattern.compile("(tcp|udp|sctp)://.*");
    /** Read by the launcher, which passes the environment on. */
    private static final Set<String> NO_KEYS = Set.of("PROCESS_SIGNALS_JAVA_OPTS");

    /** Environment variable -> key. */
    private static final Map<String, String> KEYS = keys();

    private static final Pattern UNRESOLVED = Pattern.compile("\\$\\{(file|dir|env):[^}]*}");

    private final Map<String, String> environment;
    private final Problems problems = new Problems();
    private final List<String> warnings = new ArrayList<>();

    private ConfigLoader(Map<String, String> environment) {
        this.environment = environment;
    }

    static AgentConfig load(Optional<Path> file, Map<String, String> environment) {
        ConfigLoader loader = new ConfigLoader(environment);
        Map<String, String> properties = new TreeMap<>();
        file.ifPresent(path -> loader.readFile(path, properties));
        loader.readEnvironment(properties);
        return loader.build(properties);
    }

    static AgentConfig of(Map<String, String> properties, Map<String, String> environment) {
        return new ConfigLoader(environment).build(new TreeMap<>(properties));
    }

    private static Map<String, String> keys() {
        Map<String, String> keys = new TreeMap<>();
        AgentConfig.DEFINITION.names().forEach(key -> keys.put(environmentName(key), key));
        return Collections.unmodifiableMap(keys);
    }

    /** The environment variable that sets the key. */
    static String environmentName(String key) {
        return AgentConfig.ENVIRONMENT_PREFIX
                + key.replace("_", "__").replace("-", "___").replace('.', '_').toUpperCase(Locale.ROOT);
    }

    private void readFile(Path file, Map<String, String> into) {
        Properties properties = new NoDuplicates();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (NoSuchFileException e) {
            problems.add(file + ": no such file");
        } catch (CharacterCodingException e) {
            problems.add(file + ": not UTF-8 text");
        } catch (IOException e) {
            problems.add(file + ": cannot be read: " + e.getMessage());
        } catch (IllegalArgumentException e) {
            problems.add(file + ": " + e.getMessage());
        }
        properties.stringPropertyNames().forEach(key -> into.put(key, properties.getProperty(key)));
    }

    private void readEnvironment(Map<String, String> into) {
        new TreeMap<>(environment).forEach((variable, value) -> {
            if (!variable.startsWith(AgentConfig.ENVIRONMENT_PREFIX) || NO_KEYS.contains(variable)) {
                return;
            }
            String name = variable.substring(AgentConfig.ENVIRONMENT_PREFIX.length());
            String key = KEYS.get(variable);
            if (SERVICE_LINK.matcher(name).matches()
                    && (key == null || SERVICE_LINK_PORT.matcher(value).matches())) {
                return;
            }
            if (key == null) {
                key = passThroughKey(name);
            }
            if (key != null) {
                into.put(key, value);
                return;
            }
            Optional<String> nearest = NearestName.find(variable, KEYS.keySet(), 2);
            if (nearest.isPresent()) {
                problems.add("environment variable " + variable + " sets nothing; did you mean " + nearest.get() + "?");
            } else {
                warnings.add("environment variable " + variable + " sets nothing");
            }
        });
    }

    private static @Nullable String passThroughKey(String name) {
        String key = name.toLowerCase(Locale.ROOT)
                .replace("___", "-")
                .replace("__", "\0")
                .replace('_', '.')
                .replace('\0', '_');
        return key.startsWith(AgentConfig.KAFKA_PREFIX) || key.startsWith(AgentConfig.REGISTRY_PREFIX) ? key : null;
    }

    private AgentConfig build(Map<String, String> given) {
        Map<String, String> properties = resolve(given);
        ConfigDef def = AgentConfig.DEFINITION;
        Map<String, String> own = new TreeMap<>();
        Map<String, String> kafka = new TreeMap<>();
        Map<String, String> registry = new TreeMap<>();
        properties.forEach((key, value) -> {
            if (def.names().contains(key)) {
                own.put(key, value);
            } else if (key.startsWith(AgentConfig.KAFKA_PREFIX)) {
                kafka.put(key.substring(AgentConfig.KAFKA_PREFIX.length()), value);
            } else if (key.startsWith(AgentConfig.REGISTRY_PREFIX)) {
                registry.put(key.substring(AgentConfig.REGISTRY_PREFIX.length()), value);
            } else {
                problems.add("unknown key " + key + didYouMean(key, def.names()));
            }
        });

        Map<String, Object> values = new TreeMap<>();
        for (ConfigValue value : def.validate(own)) {
            values.put(value.name(), value.value());
            value.errorMessages().stream()
                    .findFirst() // the next ones follow from it
                    .ifPresent(message -> problems.addInvalid(value.name(), message));
        }
        Map<String, Object> kafkaValues = PassThrough.kafka(kafka, problems);
        Map<String, Object> registryValues = PassThrough.registry(registry, problems);
        long signalMask = signalMask(values);
        checkTogether(values);
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems.all());
        }
        return new AgentConfig(
                Collections.unmodifiableMap(values), kafkaValues, registryValues, signalMask, List.copyOf(warnings));
    }

    /** Puts in what the values refer to. */
    private Map<String, String> resolve(Map<String, String> given) {
        Map<String, String> resolved = new TreeMap<>();
        try (FileConfigProvider file = new FileConfigProvider();
                DirectoryConfigProvider directory = new DirectoryConfigProvider();
                EnvVarConfigProvider variables = new EnvVarConfigProvider(environment)) {
            Map<String, ConfigProvider> providers = Map.of("file", file, "dir", directory, "env", variables);
            providers.values().forEach(provider -> provider.configure(Map.of()));
            ConfigTransformer transformer = new ConfigTransformer(providers);
            given.forEach((key, value) -> resolved.put(key, resolve(transformer, key, value)));
        } catch (IOException e) {
            throw new ConfigurationException("the configuration providers failed: " + e.getMessage());
        }
        return resolved;
    }

    private String resolve(ConfigTransformer transformer, String key, String value) {
        if (!UNRESOLVED.matcher(value).find()) {
            return value;
        }
        problems.refers(key, value);
        String resolved = null;
        try {
            resolved = transformer.transform(Map.of(key, value)).data().get(key);
        } catch (RuntimeException e) {
            // A provider that cannot read its source; told below with the reference, which is no secret.
        }
        if (resolved == null || UNRESOLVED.matcher(resolved).find()) {
            problems.add("key " + key + ": nothing to be found at " + value);
            return "";
        }
        return resolved;
    }

    private long signalMask(Map<String, Object> values) {
        if (!(values.get(AgentConfig.SIGNALS_MASK_CONFIG) instanceof String text)) {
            return 0;
        }
        try {
            return SignalMask.parse(text);
        } catch (IllegalArgumentException e) {
            problems.addInvalid(
                    AgentConfig.SIGNALS_MASK_CONFIG,
                    "Invalid value " + text + " for configuration " + AgentConfig.SIGNALS_MASK_CONFIG + ": "
                            + e.getMessage());
            return 0;
        }
    }

    /** What is wrong only in combination. */
    private void checkTogether(Map<String, Object> values) {
        if (Boolean.TRUE.equals(values.get(AgentConfig.EBPF_REQUIRED_CONFIG))
                && Boolean.FALSE.equals(values.get(AgentConfig.EBPF_ENABLED_CONFIG))) {
            problems.add(AgentConfig.EBPF_REQUIRED_CONFIG + "=true contradicts " + AgentConfig.EBPF_ENABLED_CONFIG
                    + "=false: remove one");
        }
        if (values.get(AgentConfig.SPOOL_MAX_BYTES_CONFIG) instanceof Long most
                && values.get(AgentConfig.SPOOL_SEGMENT_BYTES_CONFIG) instanceof Integer segment
                && most < (long) SpoolOptions.MIN_SEGMENTS * segment) {
            problems.add(AgentConfig.SPOOL_MAX_BYTES_CONFIG + "=" + most + " has no room for "
                    + SpoolOptions.MIN_SEGMENTS + " files of " + AgentConfig.SPOOL_SEGMENT_BYTES_CONFIG + "=" + segment
                    + ": set it to " + (long) SpoolOptions.MIN_SEGMENTS * segment
                    + " at least, or make the files smaller");
        }
        if (!"".equals(values.get(AgentConfig.PLUGIN_PATH_CONFIG))
                && "".equals(values.get(AgentConfig.VALUE_SERIALIZER_CONFIG))) {
            problems.add(
                    AgentConfig.PLUGIN_PATH_CONFIG + " has no effect without " + AgentConfig.VALUE_SERIALIZER_CONFIG);
        }
        if (values.get(AgentConfig.REGISTRY_BASIC_AUTH_USER_INFO_CONFIG) != null
                && values.get(AgentConfig.REGISTRY_BEARER_AUTH_TOKEN_CONFIG) != null) {
            problems.add(AgentConfig.REGISTRY_BASIC_AUTH_USER_INFO_CONFIG + " and "
                    + AgentConfig.REGISTRY_BEARER_AUTH_TOKEN_CONFIG + " are both set: remove one");
        }
    }

    static void requireKafka(AgentConfig config) {
        List<String> missing = new ArrayList<>();
        if (!config.kafkaConfigs().containsKey("bootstrap.servers")) {
            missing.add(AgentConfig.KAFKA_BOOTSTRAP_SERVERS_CONFIG
                    + " is not set: give the brokers to write to, for example 127.0.0.1:9092");
        }
        if (config.registryUrls().isEmpty()) {
            missing.add(AgentConfig.REGISTRY_URL_CONFIG
                    + " is not set: give the schema registry, for example http://127.0.0.1:8081");
        }
        if (!missing.isEmpty()) {
            throw new ConfigurationException(missing);
        }
    }

    static String didYouMean(String name, Collection<String> candidates) {
        return NearestName.find(name, candidates, Math.max(2, name.length() / 3))
                .map(nearest -> "; did you mean " + nearest + "?")
                .orElse("");
    }

    /** {@link Properties} keeps the last of two values for one key without a word. */
    private static final class NoDuplicates extends Properties {
        @Serial
        private static final long serialVersionUID = 1L;

        @Override
        public synchronized Object put(Object key, Object value) {
            if (containsKey(key)) {
                throw new IllegalArgumentException("key " + key + " is given twice");
            }
            return super.put(key, value);
        }
    }
}

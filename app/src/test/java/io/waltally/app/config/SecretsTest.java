package io.waltally.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.run.ExternalSystems;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.Topics;
import io.waltally.app.secure.LeakDetector;
import io.waltally.schemas.topic.TopicCatalogue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No text that waltally makes, and nothing that it logs at DEBUG, has a secret of its configuration. */
class SecretsTest {
    /** Nothing listens there. */
    private static final String NOWHERE = "127.0.0.1:1";

    /** Secret by key: every key that is documented as a secret, those of Kafka, and URLs that hold a token. */
    private static Map<String, String> secrets() throws IOException {
        Map<String, String> secrets = new LinkedHashMap<>();
        for (ConfigurationDocument.Row row : ConfigurationDocument.rows()) {
            if (row.type().contains("secret") && !row.key().matches("sinks\\[[1-9]].*")) {
                put(secrets, row.key());
            }
        }
        kafkaSecrets().forEach(name -> put(secrets, "kafka." + name));
        put(secrets, "webhooks.endpoints[0].url");
        put(secrets, "sinks[1].endpoints[0].url");
        return secrets;
    }

    private static void put(Map<String, String> secrets, String key) {
        secrets.put(key, "marked" + secrets.size() + "-secret-value");
    }

    private static Set<String> kafkaSecrets() {
        Map<String, ConfigDef.ConfigKey> keys =
                new HashMap<>(ProducerConfig.configDef().configKeys());
        keys.putAll(ConsumerConfig.configDef().configKeys());
        keys.putAll(AdminClientConfig.configDef().configKeys());
        Set<String> names = new TreeSet<>();
        keys.forEach((name, key) -> {
            if (key.type == ConfigDef.Type.PASSWORD) {
                names.add(name);
            }
        });
        return names;
    }

    /** A configuration with as many of the secrets as go together. */
    private static Map<String, String> values(Map<String, String> secrets) {
        Map<String, String> values = new LinkedHashMap<>(secrets);
        values.put("sources.s3.url", "jdbc:postgresql://" + NOWHERE + "/store");
        values.put("sources.sync.url", "jdbc:postgresql://" + NOWHERE + "/store");
        values.put("kafka.bootstrap.servers", NOWHERE);
        values.put("kafka.default.api.timeout.ms", "500");
        values.put("kafka.request.timeout.ms", "500");
        values.put("kafka.security.protocol", "SASL_PLAINTEXT");
        values.put("kafka.sasl.mechanism", "PLAIN");
        values.computeIfPresent(
                "kafka.sasl.jaas.config",
                (key, secret) ->
                        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"a\" password=\""
                                + secret + "\";");
        values.put("registry.url", "https://" + NOWHERE);
        values.put("registry.user", "capture");
        values.keySet().removeIf(key -> key.equals("registry.token") || key.startsWith("registry.ssl."));
        values.computeIfPresent("webhooks.endpoints[0].secrets", (key, secret) -> signing(secret));
        values.computeIfPresent("webhooks.sealing-keys", (key, secret) -> sealing(secret));
        values.computeIfPresent("webhooks.endpoints[0].url", (key, secret) -> "https://hooks.example.com/" + secret);
        values.computeIfPresent("sinks[1].endpoints[0].url", (key, secret) -> "https://hooks.example.com/" + secret);
        values.put("sinks[0].name", "quotas");
        values.put("sinks[0].type", "backend-quotas");
        values.put("sinks[0].url", "jdbc:postgresql://" + NOWHERE + "/store");
        values.put("sinks[1].name", "outbox");
        values.put("sinks[1].type", "notification-outbox");
        return values;
    }

    private static String signing(String secret) {
        return "whsec_" + encoded(secret);
    }

    private static String sealing(String secret) {
        byte[] key = Arrays.copyOf(secret.getBytes(StandardCharsets.UTF_8), 32);
        return Base64.getEncoder().encodeToString(key);
    }

    private static String encoded(String secret) {
        return Base64.getEncoder().encodeToString((secret + "-".repeat(24)).getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> texts(Map<String, String> secrets) {
        List<String> texts = new ArrayList<>(secrets.values());
        // As in a signing secret, and as HTTP sends it.
        secrets.values().forEach(secret -> texts.add(encoded(secret)));
        texts.add(sealing(secrets.get("webhooks.sealing-keys")));
        texts.add(Base64.getEncoder()
                .encodeToString(("capture:" + secrets.get("registry.password")).getBytes(StandardCharsets.UTF_8)));
        return texts;
    }

    @Test
    void noTextOfTheConfigurationHasASecret() throws IOException {
        Map<String, String> secrets = secrets();
        assertThat(secrets).hasSizeGreaterThan(25);
        Configuration configuration = Configuration.from(values(secrets));
        assertThat(configuration.toString()).doesNotContain(texts(secrets));
        configuration
                .sources()
                .values()
                .forEach(source -> assertThat(source.toString()).doesNotContain(texts(secrets)));
    }

    @Test
    void noMessageAboutAnUnusableSecretHasIt() throws IOException {
        Map<String, String> secrets = secrets();
        try (LeakDetector detector = new LeakDetector(texts(secrets))) {
            for (Map.Entry<String, String> secret : secrets.entrySet()) {
                for (String unusable : List.of("%s", "%s\n", "%s^ %s", "://%s@", "whsec_%s", "${%s", "-----%s")) {
                    Map<String, String> values = values(secrets);
                    values.put(secret.getKey(), unusable.replace("%s", secret.getValue()));
                    try {
                        detector.check(
                                secret.getKey(), Configuration.from(values).toString());
                    } catch (ConfigException e) {
                        detector.check(secret.getKey(), e);
                    }
                }
            }
            assertThat(detector.leaks()).isEmpty();
        }
    }

    @Test
    void nothingIsLoggedOrThrownOfASecretWhileNoServerAnswers() throws IOException {
        Map<String, String> secrets = secrets();
        Map<String, String> values = values(secrets);
        values.keySet().removeIf(key -> key.startsWith("kafka.ssl."));
        attempt(secrets, Configuration.from(values));
    }

    @Test
    void nothingIsLoggedOrThrownOfASecretThatAKafkaClientCannotUse() throws IOException {
        Map<String, String> secrets = secrets();
        Map<String, String> values = values(secrets);
        values.put("kafka.security.protocol", "SASL_SSL");
        attempt(secrets, Configuration.from(values));
        values.keySet().removeIf(key -> key.startsWith("kafka.ssl."));
        values.put("kafka.sasl.jaas.config", secrets.get("kafka.sasl.jaas.config"));
        attempt(secrets, Configuration.from(values));
    }

    @Test
    void nothingIsSaidOfATokenAndOfStoresOfTheRegistry(@TempDir Path directory) throws IOException {
        Map<String, String> secrets = secrets();
        String store =
                Files.writeString(directory.resolve("store.p12"), "no store").toString();
        try (LeakDetector detector = new LeakDetector(texts(secrets))) {
            for (String location : List.of("", store, store + ".missing")) {
                Map<String, String> values = values(secrets);
                values.keySet()
                        .removeIf(key -> key.startsWith("kafka.ssl.") || key.matches("registry\\.(user|password)"));
                values.put("registry.token", secrets.get("registry.token"));
                if (!location.isEmpty()) {
                    secrets.forEach((key, secret) -> {
                        if (key.startsWith("registry.ssl.")) {
                            values.put(key, secret);
                        }
                    });
                    for (String kind : List.of("truststore", "keystore")) {
                        values.put("registry.ssl." + kind + ".location", location);
                        values.put("registry.ssl." + kind + ".type", "PKCS12");
                    }
                }
                attempt(detector, () -> {
                    Configuration configuration = Configuration.from(values);
                    detector.check("configuration", configuration.toString());
                    ExternalSystems systems = ExternalSystems.of(configuration, false);
                    systems.check(new StopSignal());
                    detector.check("complaints", systems.complaints().toString());
                    Topics.create(configuration, configuration.catalogue());
                });
            }
            assertThat(detector.messages()).isPositive();
            assertThat(detector.leaks()).isEmpty();
        }
    }

    private static void attempt(Map<String, String> secrets, Configuration configuration) {
        try (LeakDetector detector = new LeakDetector(texts(secrets))) {
            ExternalSystems systems = ExternalSystems.of(configuration, false);
            systems.check(new StopSignal());
            assertThat(systems.complaints()).hasSize(4);
            detector.check("complaints", systems.complaints().toString());
            TopicCatalogue catalogue = configuration.catalogue();
            configuration.sources().values().forEach(source -> attempt(detector, () -> Migrations.migrate(source)));
            attempt(detector, () -> Topics.create(configuration, catalogue));
            attempt(
                    detector,
                    () -> catalogue.watermarks().keySerde().serializer().serialize("t", null));
            assertThat(detector.messages()).isGreaterThan(10);
            assertThat(detector.leaks()).isEmpty();
        }
    }

    private static void attempt(LeakDetector detector, Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            detector.check("exception", e);
        }
    }
}

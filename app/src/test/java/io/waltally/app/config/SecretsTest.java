package io.waltally.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.run.ExternalSystems;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.Topics;
import io.waltally.app.secure.LeakDetector;
import io.waltally.schemas.topic.TopicCatalogue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No text that waltally makes, and nothing that it logs at DEBUG, has a secret of its configuration. */
class SecretsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Sections with any names. */
    private static final Pattern FREE_NAMES = Pattern.compile("^kafka\\.|^streams\\.|-tokens\\.|\\.headers\\.");

    @TempDir
    private static Path directory;

    private static PlantedSecrets secrets;

    @BeforeAll
    static void plantSecrets() throws IOException {
        secrets = new PlantedSecrets(directory);
    }

    @Test
    void noTextOfTheConfigurationHasASecret() {
        for (Map<String, String> values : List.of(secrets.withStores(), secrets.withToken())) {
            Configuration configuration = Configuration.from(values);
            assertThat(Stream.concat(Stream.of(configuration), configuration.sources().values().stream()))
                    .allSatisfy(shown -> assertThat(shown.toString()).doesNotContain(secrets.texts()));
        }
    }

    @Test
    void noMessageAboutAnUnusableSecretHasIt() {
        try (LeakDetector detector = new LeakDetector(secrets.texts())) {
            secrets.byKey().forEach((key, secret) -> {
                for (String unusable : List.of("%s", "%s\n", "%s^ %s", "://%s@", "whsec_%s", "${%s", "-----%s")) {
                    Map<String, String> values = secrets.withoutStores();
                    values.put(key, unusable.replace("%s", secret));
                    try {
                        detector.check(key, Configuration.from(values).toString());
                    } catch (ConfigException e) {
                        detector.check(key, e);
                    }
                }
            });
            assertThat(detector.leaks()).isEmpty();
        }
    }

    /** A text without quotes may be another thing in YAML. */
    @Test
    void noMessageAboutASecretThatNeedsQuotesHasIt() throws IOException {
        Path file = directory.resolve("waltally.yml");
        try (LeakDetector detector = new LeakDetector(secrets.texts())) {
            for (Map.Entry<String, String> secret : secrets.byKey().entrySet()) {
                for (String form :
                        List.of("*%s", "&%s", "!%s", "@%s", "{%s}", "[%s]", "\"%s", "%s: x", "${file:%s}x")) {
                    if (form.equals("{%s}")
                            && FREE_NAMES.matcher(secret.getKey()).find()) {
                        continue;
                    }
                    Files.writeString(file, unquoted(secret.getKey(), form.replace("%s", secret.getValue())));
                    try {
                        LoadedConfiguration loaded =
                                LoadedConfiguration.load(Optional.of(file), Map.of(), Map.of(), Set.of());
                        detector.check(secret.getKey() + " " + form, loaded.toString());
                    } catch (ConfigException e) {
                        detector.check(secret.getKey() + " " + form, e);
                    }
                }
            }
            assertThat(detector.leaks()).isEmpty();
        }
    }

    /** A file with one value as it is, and all other secrets. */
    private static String unquoted(String key, String value) throws IOException {
        StringBuilder yaml = new StringBuilder();
        for (Map.Entry<String, String> other : secrets.withoutStores().entrySet()) {
            if (!other.getKey().equals(key)) {
                append(yaml, other.getKey(), JSON.writeValueAsString(other.getValue()));
            }
        }
        append(yaml, key, value);
        return yaml.toString();
    }

    private static void append(StringBuilder yaml, String key, String value) {
        yaml.append('"').append(key).append("\": ").append(value).append('\n');
    }

    @Test
    void nothingIsLoggedOrThrownOfASecretWhileNoServerAnswers() {
        attempt(List.of(secrets.withStores(), secrets.withToken()));
    }

    @Test
    void nothingIsLoggedOrThrownOfASecretThatAKafkaClientCannotUse() {
        Map<String, String> noStores = secrets.withoutStores();
        noStores.put("kafka.security.protocol", "SASL_SSL");
        Map<String, String> noModule = secrets.withoutStores();
        noModule.put("kafka.sasl.jaas.config", secrets.byKey().get("kafka.sasl.jaas.config"));
        Map<String, String> wrongPassword = secrets.withToken();
        wrongPassword.put("kafka.ssl.keystore.password", secrets.byKey().get("registry.token"));
        attempt(List.of(noStores, noModule, wrongPassword));
    }

    @Test
    void nothingIsSaidOfSecretsThatDoNotOpenTheStoresOfTheRegistry() throws IOException {
        Map<String, String> wrongPassword = secrets.withStores();
        wrongPassword.put("registry.ssl.keystore.password", secrets.byKey().get("registry.token"));
        Map<String, String> noStore = secrets.withStores();
        Path text = Files.writeString(directory.resolve("text"), "no store");
        noStore.put("registry.ssl.truststore.location", text.toString());
        Map<String, String> missingStore = secrets.withStores();
        missingStore.put("registry.ssl.truststore.location", text + ".missing");
        Map<String, String> noKey = secrets.withToken();
        noKey.put("registry.ssl.keystore.key", secrets.byKey().get("registry.ssl.keystore.key"));
        try (LeakDetector detector = new LeakDetector(secrets.texts())) {
            for (Map<String, String> values : List.of(wrongPassword, noStore, missingStore, noKey)) {
                assertThatThrownBy(() -> Configuration.from(values))
                        .isInstanceOf(ConfigException.class)
                        .hasMessageStartingWith("registry.ssl.* cannot be used: ")
                        .satisfies(e -> detector.check("exception", e));
            }
            assertThat(detector.leaks()).isEmpty();
        }
    }

    private static void attempt(List<Map<String, String>> settings) {
        try (LeakDetector detector = new LeakDetector(secrets.texts())) {
            // Each waits for servers.
            settings.parallelStream().forEach(values -> attempt(detector, Configuration.from(values)));
            assertThat(detector.messages()).isGreaterThan(10);
            assertThat(detector.leaks()).isEmpty();
        }
    }

    private static void attempt(LeakDetector detector, Configuration configuration) {
        ExternalSystems systems = ExternalSystems.of(configuration, false);
        systems.check(new StopSignal());
        assertThat(systems.complaints()).hasSize(4);
        detector.check("complaints", systems.complaints().toString());
        TopicCatalogue catalogue = configuration.catalogue();
        configuration.sources().values().forEach(source -> attempt(detector, () -> Migrations.migrate(source)));
        attempt(detector, () -> Topics.create(configuration, catalogue));
        attempt(detector, () -> catalogue.watermarks().keySerde().serializer().serialize("t", null));
    }

    private static void attempt(LeakDetector detector, Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            detector.check("exception", e);
        }
    }
}

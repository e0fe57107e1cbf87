package io.waltally.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.waltally.schemas.Source;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks docker-compose.yml and Dockerfile as far as that is possible without Docker. */
class ComposeFileTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern DEFAULT = Pattern.compile("\\$\\{[A-Z_]+:-([^}]+)}");

    private static JsonNode compose;

    @BeforeAll
    static void parse() throws IOException {
        compose = new YAMLMapper().readTree(ROOT.resolve("docker-compose.yml").toFile());
    }

    @Test
    void everythingStartsWhenWhatItNeedsIsThere() {
        assertThat(condition("migrate", "postgres")).isEqualTo("service_healthy");
        assertThat(condition("registry", "kafka")).isEqualTo("service_healthy");
        assertThat(condition("waltally", "migrate")).isEqualTo("service_completed_successfully");
        assertThat(condition("waltally", "kafka")).isEqualTo("service_healthy");
        assertThat(condition("waltally", "registry")).isEqualTo("service_healthy");
        for (String service : List.of("postgres", "kafka", "registry", "waltally")) {
            assertThat(service(service).at("/healthcheck/test")).as(service).isNotEmpty();
        }
    }

    @Test
    void thirdPartyImagesArePinnedAndPortsBindToLoopback() {
        for (String service :
                List.of("postgres", "kafka", "registry", "prometheus", "grafana", "replica", "replica-tables")) {
            assertThat(service(service).get("image").asText()).as(service).matches("[a-z/-]+:v?\\d[\\d.]+");
        }
        compose.get("services")
                .forEach(service -> service.path("ports")
                        .forEach(port -> assertThat(port.asText()).startsWith("127.0.0.1:")));
    }

    @Test
    void postgresWritesALogicalWal() {
        assertThat(service("postgres").get("command").toString()).contains("\"wal_level=logical\"");
    }

    @Test
    void theConfigurationIsOneThatTheAppTakes(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("waltally.yml");
        Files.writeString(
                file, compose.at("/configs/waltally.yml/content").asText().replace("$$", "$"));
        Configuration configuration = Configuration.load(Optional.of(file), Map.of(), environment());
        assertThat(configuration.sources()).containsOnlyKeys(Source.S3, Source.SYNC);
        assertThat(configuration.sources().get(Source.S3).account().password().reveal())
                .isEqualTo("waltally");
        assertThat(configuration.kafka().bootstrapServers()).isEqualTo("kafka:9092");
        assertThat(configuration.http().host()).isEqualTo("0.0.0.0");
        assertThat(configuration.http().tokens())
                .extracting(ApiToken::name, ApiToken::scope)
                .containsExactly(tuple("operator", ApiToken.Scope.OPERATE));
    }

    /** What both services have if the shell of docker compose has no variables. */
    private static Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        service("migrate").get("environment").properties().forEach(variable -> {
            Matcher otherwise = DEFAULT.matcher(variable.getValue().asText());
            assertThat(otherwise.matches()).as(variable.getKey()).isTrue();
            environment.put(variable.getKey(), otherwise.group(1));
        });
        return environment;
    }

    @Test
    void theImageIsBuiltAsTheLauncherBuilds() throws IOException {
        Matcher inLauncher = Pattern.compile("mvn -f \"\\$home/pom.xml\" ([^\\\\]+?)\\s*\\\\")
                .matcher(Files.readString(ROOT.resolve("waltally")));
        assertThat(inLauncher.find()).isTrue();
        assertThat(Files.readString(ROOT.resolve("Dockerfile")))
                .contains("\nRUN mvn " + inLauncher.group(1) + "\n")
                .contains("\nUSER 10001:10001\n");
    }

    @Test
    void monitoringIsAProfileWhoseFilesExist() {
        List<String> services = List.of("prometheus", "grafana");
        assertProfile("monitoring", services, Files::exists);
        assertThat(services).allMatch(name -> service(name).has("volumes"));
        assertThat(compose.get("services").get("waltally").has("profiles")).isFalse();
    }

    private void assertProfile(String profile, List<String> services, Predicate<Path> isThere) {
        for (String name : services) {
            assertThat(service(name).at("/profiles/0").asText()).isEqualTo(profile);
            for (JsonNode volume : service(name).path("volumes")) {
                String source = volume.asText().split(":", 2)[0];
                assertThat(
                                source.startsWith(".")
                                        ? isThere.test(ROOT.resolve(source))
                                        : compose.get("volumes").has(source))
                        .as(source)
                        .isTrue();
            }
        }
    }

    @Test
    void connectIsAProfileThatStartsWhenItsTablesAndTopicsAreThere() {
        assertProfile("connect", List.of("replica", "replica-tables", "connect"), Files::isDirectory);
        assertThat(condition("replica-tables", "replica")).isEqualTo("service_healthy");
        assertThat(condition("replica-tables", "migrate")).isEqualTo("service_completed_successfully");
        assertThat(condition("connect", "replica-tables")).isEqualTo("service_completed_successfully");
        assertThat(condition("connect", "waltally")).isEqualTo("service_healthy");
        assertThat(ROOT.resolve(service("connect").at("/build/dockerfile").asText()))
                .exists();
    }

    /** With a Kafka that prints what Connect would be started with. */
    @Test
    void connectRunsTheExamplesWithTheAddressesOfTheServices(@TempDir Path directory) throws Exception {
        Path connect = directory.resolve("bin/connect-standalone.sh");
        Files.createDirectories(connect.getParent());
        Files.writeString(connect, "#!/bin/sh\ncat \"$@\"\n");
        assertThat(connect.toFile().setExecutable(true)).isTrue();
        ProcessBuilder start =
                new ProcessBuilder("sh", ROOT.resolve("deploy/connect/start.sh").toString()).redirectErrorStream(true);
        start.environment().put("KAFKA_HOME", directory.toString());
        start.environment()
                .put("EXAMPLES", ROOT.resolve("docs/examples/kafka-connect").toString());
        start.environment().put("TMPDIR", directory.toString());
        service("connect")
                .get("environment")
                .properties()
                .forEach(variable -> start.environment()
                        .put(variable.getKey(), variable.getValue().asText()));
        Process process = start.start();
        String started = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(started).isZero();
        assertThat(started)
                .contains(
                        "\nbootstrap.servers=kafka:9092\n",
                        "\nvalue.converter.schema.registry.url=http://registry:8080/apis/ccompat/v7\n",
                        "\nconfig.providers=env\n",
                        "//replica:5432/s3_replica?",
                        "//replica:5432/sync_replica?",
                        "\nconnection.password=${env:REPLICA_PASSWORD}\n")
                .doesNotContain("127.0.0.1", "connection.password=\n");
    }

    private static JsonNode service(String name) {
        return compose.at("/services/" + name);
    }

    private static String condition(String service, String needed) {
        return service(service).at("/depends_on/" + needed + "/condition").asText();
    }
}

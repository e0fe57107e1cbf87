package io.waltally.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.waltally.schemas.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** Checks deploy/kubernetes against the code: what Kubernetes itself would not notice. */
class KubernetesFilesTest {
    private static final Path DIRECTORY = Path.of("../deploy/kubernetes");
    private static final Path CONFIGURATION = DIRECTORY.resolve("config/waltally.yml");
    private static final Path API = Path.of("src/main/resources/io/waltally/app/http/openapi.yaml");
    private static final int MAX_STOP_SECONDS = 10;

    private final JsonNode statefulSet = one("statefulset.yaml");
    private final JsonNode pod = statefulSet.at("/spec/template/spec");
    private final JsonNode container = pod.at("/containers/0");
    private final JsonNode job = one("migrate/job.yaml");

    @Test
    void theConfigurationIsOneThatTheAppTakesWithTheVariablesOfTheInstance() {
        Set<String> variables = variables(container);
        assertThat(variables).containsAll(requiredVariables());
        Configuration configuration = configuration(variables);
        assertThat(configuration.sources()).containsOnlyKeys(Source.S3, Source.SYNC);
        assertThat(configuration.http().forOthers()).isPresent();
        Path state = configuration.streams().stateDirectory().orElseThrow();
        assertThat(mounts(container)).anySatisfy(mount -> assertThat(state).startsWithRaw(Path.of(mount)));
        assertThat(container.at("/ports/0/containerPort").asInt())
                .isEqualTo(configuration.http().port());
    }

    @Test
    void theMigrationGetsTheAdministratorsPasswords() {
        Set<String> variables = variables(job.at("/spec/template/spec/containers/0"));
        assertThat(variables).containsAll(requiredVariables());
        configuration(variables)
                .sources()
                .values()
                .forEach(
                        source -> assertThat(source.admin().password().reveal()).contains("_ADMIN_PASSWORD"));
    }

    @Test
    void probesAskForRoutesOfTheApi() throws IOException {
        JsonNode routes = new YAMLMapper().readTree(API.toFile()).get("paths");
        for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
            JsonNode get = container.get(probe).get("httpGet");
            assertThat(routes.has(get.get("path").asText())).as(probe).isTrue();
            assertThat(get.get("port").asText())
                    .isEqualTo(container.at("/ports/0/name").asText());
        }
        JsonNode scraped = one("servicemonitor.yaml").at("/spec/endpoints/0/path");
        assertThat(routes.has(scraped.asText())).isTrue();
    }

    @Test
    void anOrderlyStopIsNotCutOff() {
        assertThat(pod.get("terminationGracePeriodSeconds").asInt()).isGreaterThan(MAX_STOP_SECONDS);
    }

    @Test
    void eachInstanceKeepsItsStateAndCanWriteNothingElse() {
        assertThat(statefulSet.at("/spec/replicas").asInt()).isEqualTo(2);
        assertThat(statefulSet.at("/spec/volumeClaimTemplates/0/metadata/name").asText())
                .isEqualTo("state");
        for (JsonNode each : List.of(container, job.at("/spec/template/spec/containers/0"))) {
            assertThat(each.at("/securityContext/readOnlyRootFilesystem").asBoolean())
                    .isTrue();
            assertThat(mounts(each)).contains("/tmp");
        }
    }

    @Test
    void selectorsFindTheInstances() {
        JsonNode labels = statefulSet.at("/spec/template/metadata/labels");
        assertThat(statefulSet.at("/spec/selector/matchLabels")).isEqualTo(labels);
        assertThat(one("poddisruptionbudget.yaml").at("/spec/selector/matchLabels"))
                .isEqualTo(labels);
        List<JsonNode> services = documents("service.yaml").toList();
        assertThat(services)
                .hasSize(2)
                .allSatisfy(service -> assertThat(service.at("/spec/selector")).isEqualTo(labels));
        assertThat(services)
                .filteredOn(
                        service -> "None".equals(service.at("/spec/clusterIP").asText()))
                .singleElement()
                .satisfies(service -> {
                    assertThat(service.at("/metadata/name")).isEqualTo(statefulSet.at("/spec/serviceName"));
                    assertThat(service.at("/metadata/labels"))
                            .isEqualTo(one("servicemonitor.yaml").at("/spec/selector/matchLabels"));
                });
        assertThat(job.at("/spec/template/metadata/labels")).isNotEqualTo(labels);
    }

    @Test
    void theExampleOfTheSecretsHasEveryKey() {
        Map<String, JsonNode> secrets = documents("secret.example.yaml")
                .collect(Collectors.toMap(
                        secret -> secret.at("/metadata/name").asText(), secret -> secret.get("stringData")));
        Stream.of(container, job.at("/spec/template/spec/containers/0"))
                .flatMap(each -> each.findValues("secretKeyRef").stream())
                .forEach(reference -> assertThat(
                                secrets.get(reference.get("name").asText())
                                        .has(reference.get("key").asText()))
                        .as(reference.toString())
                        .isTrue());
    }

    @Test
    void kustomizationsNameEveryFile() throws IOException {
        for (String directory : List.of(".", "config", "migrate")) {
            JsonNode kustomization = one(directory + "/kustomization.yaml");
            for (JsonNode resource : kustomization.path("resources")) {
                assertThat(DIRECTORY.resolve(directory).resolve(resource.asText()))
                        .exists();
            }
        }
        assertThat(one("config/kustomization.yaml").at("/configMapGenerator/0/name"))
                .isEqualTo(pod.at("/volumes/0/configMap/name"))
                .isEqualTo(job.at("/spec/template/spec/volumes/0/configMap/name"));
    }

    private static Configuration configuration(Set<String> variables) {
        Map<String, String> environment = new HashMap<>();
        variables.forEach(name -> environment.put(name, name + "-0123456789"));
        if (variables.contains("POD_NAME")) {
            environment.put("POD_NAME", "waltally-1");
        }
        return Configuration.load(Optional.of(CONFIGURATION), Map.of(), environment);
    }

    private static Set<String> requiredVariables() {
        try {
            return Pattern.compile("\\$\\{([A-Z0-9_]+)}")
                    .matcher(Files.readString(CONFIGURATION))
                    .results()
                    .map((MatchResult match) -> match.group(1))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Set<String> variables(JsonNode container) {
        return StreamSupport.stream(container.get("env").spliterator(), false)
                .map(variable -> variable.get("name").asText())
                .collect(Collectors.toSet());
    }

    private static List<String> mounts(JsonNode container) {
        return container.get("volumeMounts").findValuesAsText("mountPath");
    }

    private static JsonNode one(String file) {
        return documents(file).findFirst().orElseThrow();
    }

    private static Stream<JsonNode> documents(String file) {
        YAMLMapper yaml = new YAMLMapper();
        try (var documents = yaml.readerFor(JsonNode.class)
                .<JsonNode>readValues(DIRECTORY.resolve(file).toFile())) {
            return documents.readAll().stream();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}

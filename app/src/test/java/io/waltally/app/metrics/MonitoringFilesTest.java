package io.waltally.app.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Alerts and dashboard in deploy, compared with the metrics that docs/operations.md lists; MetricsIT compares that list. */
class MonitoringFilesTest {
    private static final Path DEPLOY = Path.of("../deploy");
    private static final Path OPERATIONS = Path.of("../docs/operations.md");

    private static final Path SOURCES = Path.of("src/main/java/io/waltally/app");
    private static final Pattern LITERAL = Pattern.compile("\"((?:waltally|kafka)[._][a-z0-9._]+)\"");

    /** A name that begins as those of waltally, Kafka's clients, or the JVM. */
    private static final Pattern METRIC = Pattern.compile("\\b(?:waltally|kafka|jvm|process)_[a-z0-9_]+");

    /** Set by {@code .ci/run} in CI. */
    private static final String PROMTOOL_REQUIRED = "waltally.promtool.required";

    /** What is there from the first garbage collection on. */
    private static final Set<String> LATER = Set.of("jvm_gc_pause_seconds_sum");

    @Test
    void everyAlertAsksForMetricsThatExist() throws IOException {
        for (JsonNode rule : rules()) {
            assertThat(metrics(rule.get("expr").asText()))
                    .as(rule.get("alert").asText())
                    .isSubsetOf(known());
        }
    }

    @Test
    void everyAlertHasASeverityASummaryAndALineInOperations() throws IOException {
        Set<String> documented = matches(Pattern.compile("`(Waltally[A-Za-z]+)`"), Files.readString(OPERATIONS));
        Set<String> alerts = new TreeSet<>();
        for (JsonNode rule : rules()) {
            String name = rule.get("alert").asText();
            alerts.add(name);
            assertThat(rule.at("/labels/severity").asText()).as(name).isIn("critical", "warning");
            assertThat(rule.at("/annotations/summary").asText()).as(name).isNotEmpty();
        }
        assertThat(alerts).isEqualTo(documented);
    }

    @Test
    void everyPanelAsksForMetricsThatExist() throws IOException {
        JsonNode dashboard = new ObjectMapper()
                .readTree(DEPLOY.resolve("grafana/waltally.json").toFile());
        List<String> expressions = dashboard.findValuesAsText("expr");
        assertThat(expressions).hasSizeGreaterThan(20);
        for (String expression : expressions) {
            assertThat(metrics(expression)).as(expression).isNotEmpty().isSubsetOf(known());
        }
        assertThat(dashboard.get("panels").findValuesAsText("id")).doesNotHaveDuplicates();
    }

    /** Without a running instance: the names are literals. */
    @Test
    void everyMetricOfAlertsAndDashboardIsOneOfTheCode() throws IOException {
        Set<String> asked = new TreeSet<>();
        rules().forEach(rule -> asked.addAll(metrics(rule.get("expr").asText())));
        new ObjectMapper()
                .readTree(DEPLOY.resolve("grafana/waltally.json").toFile())
                .findValuesAsText("expr")
                .forEach(expression -> asked.addAll(metrics(expression)));
        asked.removeIf(name -> name.startsWith("jvm_") || name.startsWith("process_"));
        asked.removeAll(ofQueries());
        Set<String> literals = new TreeSet<>();
        for (Path directory : List.of(SOURCES.resolve("metrics"), SOURCES.resolve("run"))) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    matches(LITERAL, Files.readString(file)).forEach(name -> literals.add(name.replace('.', '_')));
                }
            }
        }
        assertThat(asked)
                .hasSizeGreaterThan(40)
                .allSatisfy(
                        name -> assertThat(literals).containsAnyOf(name, name.replaceFirst("_(total|bucket)$", "")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"check rules prometheus/alerts.yml", "check config --syntax-only prometheus/prometheus.yml"})
    void prometheusTakesTheFiles(String arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(promtool().toString()));
        command.addAll(List.of(arguments.split(" ")));
        Process process = new ProcessBuilder(command)
                .directory(DEPLOY.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).contains("SUCCESS").doesNotContain("FAILED");
    }

    private static Path promtool() {
        Optional<Path> installed = Arrays.stream(
                        System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(directory -> Path.of(directory, "promtool"))
                .filter(Files::isExecutable)
                .findFirst();
        if (Boolean.getBoolean(PROMTOOL_REQUIRED)) {
            assertThat(installed)
                    .as("promtool, which .ci/install-tools installs and -D%s=true requires", PROMTOOL_REQUIRED)
                    .isPresent();
        }
        assumeTrue(installed.isPresent(), "there is no promtool; .ci/install-tools installs it");
        return installed.orElseThrow();
    }

    private static Set<String> metrics(String expression) {
        return matches(METRIC, expression.replaceAll("\"[^\"]*\"", "\"\""));
    }

    private static Set<String> known() throws IOException {
        Set<String> known = matches(Pattern.compile("(?m)^\\| `([a-z0-9_]+)` \\|"), Files.readString(OPERATIONS));
        matches(Pattern.compile("(?m)^\\| `([a-z0-9_]+)` \\| histogram"), Files.readString(OPERATIONS))
                .forEach(name -> known.add(name + "_bucket"));
        known.addAll(LATER);
        new Metrics()
                .scrape()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .forEach(line -> known.add(line.replaceFirst("[{ ].*", "")));
        known.addAll(ofQueries());
        return known;
    }

    /** Of postgres_exporter. */
    private static Set<String> ofQueries() throws IOException {
        Set<String> names = new TreeSet<>();
        JsonNode queries = new YAMLMapper()
                .readTree(DEPLOY.resolve("prometheus/drift-queries.yml").toFile());
        queries.properties()
                .forEach(query -> query.getValue()
                        .get("metrics")
                        .forEach(metric -> names.add(
                                query.getKey() + "_" + metric.fieldNames().next())));
        return names;
    }

    private static Set<String> matches(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map((MatchResult match) -> match.group(match.groupCount()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<JsonNode> rules() throws IOException {
        JsonNode file = new YAMLMapper()
                .readTree(DEPLOY.resolve("prometheus/alerts.yml").toFile());
        return file.findValues("rules").stream()
                .flatMap(rules ->
                        Stream.iterate(0, i -> i < rules.size(), i -> i + 1).map(rules::get))
                .toList();
    }
}

package io.waltally.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.app.fixture.Installation;
import io.waltally.app.run.StopSignal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The distribution, in a directory with a space, started through a symbolic link from another directory. */
class InstallationIT {
    private static final Path TARGET = Path.of("target").toAbsolutePath();
    private static final Pattern PURL =
            Pattern.compile("pkg:maven/[^/]+/([^@]+)@([^?]+)(?:\\?(?:classifier=([^&]+)&)?type=jar)?");

    @TempDir
    private static Path directory;

    private static Path distribution;
    private static Path launcher;
    private static Path elsewhere;

    static Stream<String> commands() {
        Set<String> names = Main.commandLine(new StopSignal()).getSubcommands().keySet();
        return names.stream().sorted();
    }

    @BeforeAll
    static void install() throws IOException {
        distribution = Installation.unpacked();
        Path home = Files.createDirectory(directory.resolve("an installation"));
        copy(distribution.resolve("bin"), home.resolve("bin"));
        Files.createSymbolicLink(home.resolve("lib"), distribution.resolve("lib"));
        elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        // One absolute link, and one that is relative to its own directory.
        Path link = Files.createSymbolicLink(elsewhere.resolve("link"), home.resolve("bin/waltally"));
        launcher = Files.createSymbolicLink(elsewhere.resolve("waltally"), link.getFileName());
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectory(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("commands")
    void eachCommandIsThere(String command) throws Exception {
        assertThat(run(0, command, "--help")).contains("Usage: waltally " + command);
    }

    @Test
    void theDistributionHasAVersion() throws Exception {
        String version = distribution.getFileName().toString().replaceFirst("-", " ");
        assertThat(run(0, "--version")).isEqualTo(version + "\n");
    }

    @Test
    void theEmbeddedServersAreNotPartOfIt() throws Exception {
        assertThat(run(1, "demo")).contains("the embedded servers are not part of this distribution");
    }

    @Test
    void colourIsOnlyForThoseWhoWantIt() throws Exception {
        assertThat(run(0, "help", "run", "--no-color")).doesNotContain("\u001b");
    }

    @Test
    void aMistypedLogLevelIsRefused() throws Exception {
        assertThat(run(2, Map.of("WALTALLY_LOG_LEVEL", "LOUD"), "config", "check"))
                .isEqualTo("waltally: WALTALLY_LOG_LEVEL is \"LOUD\": must be one of OFF, ERROR, WARN, INFO, DEBUG,"
                        + " TRACE\n");
    }

    @Test
    void theDistributionHasEverythingToBeginWith() {
        for (String file : List.of(
                "LICENSE",
                "NOTICE",
                "README.md",
                "conf/sinks.yml",
                "conf/waltally.yml",
                "docs/deploying.md",
                "bin/probe",
                "deploy/systemd/waltally.service",
                "deploy/prometheus/alerts.yml",
                "deploy/grafana/waltally.json")) {
            assertThat(distribution.resolve(file)).isRegularFile();
        }
    }

    /** Made by profile release only, whose plugins take a connection to the repository. */
    @Test
    @Tag("release")
    void theDistributionSaysWhatItIsMadeOf() throws Exception {
        Map<String, JsonNode> components = new TreeMap<>();
        for (JsonNode component : new ObjectMapper()
                .readTree(distribution.resolve("sbom.cdx.json").toFile())
                .get("components")) {
            components.put(jar(component.get("purl").asText()), component);
        }
        String licences = Files.readString(distribution.resolve("THIRD-PARTY.txt"));
        Set<String> jars = new TreeSet<>();
        try (Stream<Path> files = Files.list(distribution.resolve("lib"))) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (!name.startsWith("waltally")) {
                    jars.add(name);
                    JsonNode component = components.get(name);
                    assertThat(component).as(name).isNotNull();
                    assertThat(component.get("hashes").findValuesAsText("content"))
                            .as(name)
                            .contains(sha256(file));
                    assertThat(component.path("licenses")).as(name).isNotEmpty();
                    assertThat(licences)
                            .contains(":" + component.get("name").asText() + ":"
                                    + component.get("version").asText() + " - ");
                }
            }
        }
        components.keySet().removeIf(name -> name.startsWith("waltally"));
        assertThat(components.keySet()).hasSizeGreaterThan(100).isEqualTo(jars);
        try (Stream<Path> archives = Files.list(TARGET.resolve("distribution"))) {
            assertThat(archives.map(file -> file.getFileName().toString()))
                    .contains(distribution.getFileName() + ".tar.gz", distribution.getFileName() + ".zip");
        }
    }

    /** The name of the file of {@code pkg:maven/GROUP/ARTIFACT@VERSION?classifier=CLASSIFIER&type=jar}. */
    private static String jar(String purl) {
        Matcher parts = PURL.matcher(purl);
        assertThat(parts.matches()).as(purl).isTrue();
        String classifier = parts.group(3) == null ? "" : "-" + parts.group(3);
        return parts.group(1) + "-" + parts.group(2) + classifier + ".jar";
    }

    private static String sha256(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    private static String run(int status, String... arguments) throws Exception {
        return run(status, Map.of(), arguments);
    }

    private static String run(int status, Map<String, String> environment, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(launcher.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(elsewhere.toFile()).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("XDG_CACHE_HOME", directory.resolve("cache").toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isEqualTo(status);
        return output;
    }

    /** It is unpacked for KafkaConnectIT only. */
    @Test
    void theSinkOfTheConnectExampleIsOnNoClasspath() throws IOException {
        for (Path libraries :
                List.of(TARGET.resolve("lib"), TARGET.resolve("embedded-lib"), distribution.resolve("lib"))) {
            try (Stream<Path> jars = Files.list(libraries)) {
                assertThat(jars.map(jar -> jar.getFileName().toString()))
                        .isNotEmpty()
                        .noneMatch(name -> name.startsWith("debezium-connector-jdbc"));
            }
        }
    }
}

package io.waltally.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.run.StopSignal;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A production installation, without embedded servers and benchmarks, as the launcher starts it. */
class InstallationIT {
    private static final Path TARGET = Path.of("target");

    static Stream<String> commands() {
        Set<String> names = Main.commandLine(new StopSignal()).getSubcommands().keySet();
        return names.stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void eachCommandIsThere(String command) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        TARGET.resolve("waltally.jar") + File.pathSeparator + TARGET.resolve("lib") + File.separator
                                + "*",
                        "io.waltally.app.Main",
                        command,
                        "--help")
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(output).contains("Usage: waltally " + command);
        assertThat(process.exitValue()).as(output).isZero();
    }

    /** It is unpacked for KafkaConnectIT only. */
    @Test
    void theSinkOfTheConnectExampleIsOnNoClasspath() throws IOException {
        for (String libraries : List.of("lib", "embedded-lib")) {
            try (Stream<Path> jars = Files.list(TARGET.resolve(libraries))) {
                assertThat(jars.map(jar -> jar.getFileName().toString()))
                        .isNotEmpty()
                        .noneMatch(name -> name.startsWith("debezium-connector-jdbc"));
            }
        }
    }
}

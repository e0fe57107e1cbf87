package io.waltally.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The arguments of the JVM. Its executable is a script that prints them. */
class LauncherTest {
    private static final String LAUNCHER =
            Path.of("src/dist/bin/launcher.sh").toAbsolutePath().toString();
    private static final String RECORD = "-Dwaltally.class-archive=";
    private static final String USE = "-XX:SharedArchiveFile=";

    @TempDir
    private Path directory;

    private Path library;
    private Path archives;
    private final Map<String, String> environment = new TreeMap<>();

    @BeforeEach
    void install() throws IOException {
        Path bin = Files.createDirectories(directory.resolve("a jdk/bin"));
        java(bin, "17.0.1");
        library = Files.createDirectory(directory.resolve("a library"));
        Files.writeString(library.resolve("one.jar"), "one");
        archives = directory.resolve("a cache/waltally");
        environment.put("JAVA_HOME", bin.getParent().toString());
    }

    private static void java(Path bin, String version) throws IOException {
        Path java = Files.writeString(bin.resolve("java"), """
                #!/bin/sh
                if [ "$1" = -version ]; then
                    echo 'openjdk version "%s" 2021-10-19' >&2
                else
                    printf '%%s\\n' "$@"
                fi
                """.formatted(version));
        assertThat(java.toFile().setExecutable(true)).isTrue();
    }

    @Test
    void longRunningCommandsWriteAndReuseAClassArchive() throws Exception {
        Path archive = recorded("run");
        assertThat(archive.getParent()).isEqualTo(archives);
        Files.writeString(archive, "classes");
        assertThat(launch("run", "-c", "some file.yml")).contains(USE + archive).noneMatch(LauncherTest::records);
        assertThat(launch("dev")).anyMatch(LauncherTest::records);
    }

    @Test
    void anArchiveBelongsToAJvmAClassPathAndRoles() throws Exception {
        List<Path> recorded = new ArrayList<>();
        recorded.add(recorded("run"));
        recorded.add(recorded("run", "--roles", "capture"));
        recorded.add(recorded("run", "--roles=capture,streams", "-c", "a.yml"));
        Files.writeString(library.resolve("one.jar"), "other");
        recorded.add(recorded("run"));
        java(directory.resolve("a jdk/bin"), "17.0.2");
        recorded.add(recorded("run"));
        assertThat(recorded).doesNotHaveDuplicates();
        assertThat(recorded("run", "-c", "b.yml")).isEqualTo(recorded.get(recorded.size() - 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"status", "demo", "migrate", "bench"})
    void otherCommandsWriteNoClassArchive(String command) throws Exception {
        assertThat(launch(command)).noneMatch(LauncherTest::records);
        assertThat(archives).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-Xshare:off", "-XX:SharedArchiveFile=mine", "-XX:ArchiveClassesAtExit=mine"})
    void theUsersOptionsWin(String option) throws Exception {
        environment.put("WALTALLY_JAVA_OPTS", option);
        assertThat(launch("run")).contains(option).noneMatch(LauncherTest::records);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-c infra.yml status",
                "-v --config infra.yml status",
                "--log-format json status",
                "--no-color -vc run status",
                "-c=run --log-format=text status",
                "-crun status",
                "status -c run"
            })
    void theCommandIsFoundBehindOptions(String line) throws Exception {
        assertThat(launch(line.split(" ")))
                .contains("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dwaltally.terminal=false")
                .endsWith(line.split(" "))
                .noneMatch(LauncherTest::records);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--version", "-c", "-c run", "--log-format"})
    void thereMayBeNoCommand(String line) throws Exception {
        assertThat(launch(line.split(" ")))
                .contains("-XX:TieredStopAtLevel=1")
                .endsWith(line.split(" "))
                .noneMatch(LauncherTest::records);
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "status", "-c a.yml dev"})
    void aCrashLeavesNoCoreDump(String line) throws Exception {
        assertThat(launch(line.split(" "))).contains("-XX:-CreateCoredumpOnCrash");
    }

    @Test
    void aJavaThatDoesNotStartIsNamedWithItsReason() throws Exception {
        Path bin = Files.createDirectories(directory.resolve("another jdk/bin"));
        Path java = Files.writeString(
                bin.resolve("java"),
                "#!/bin/sh\necho 'Error: Could not create the Java Virtual Machine.' >&2\nexit 1\n");
        assertThat(java.toFile().setExecutable(true)).isTrue();
        environment.put("JAVA_HOME", bin.getParent().toString());
        assertThat(launch(1, "status"))
                .containsExactly(
                        "waltally: " + java + " does not work: Error: Could not create the Java Virtual Machine.");
    }

    @Test
    void noClassArchiveWithoutAWritableDirectory() throws Exception {
        archives = Path.of("");
        assertThat(launch("run")).contains("io.waltally.app.Main").noneMatch(LauncherTest::records);
        Files.writeString(directory.resolve("a file"), "");
        archives = directory.resolve("a file/cache");
        assertThat(launch("run")).contains("io.waltally.app.Main").noneMatch(LauncherTest::records);
    }

    private static boolean records(String argument) {
        return argument.startsWith(RECORD) || argument.equals("-XX:+RecordDynamicDumpInfo");
    }

    private Path recorded(String... arguments) throws Exception {
        List<String> launched = launch(arguments);
        assertThat(launched).contains("-XX:+RecordDynamicDumpInfo");
        return launched.stream()
                .filter(argument -> argument.startsWith(RECORD))
                .map(argument -> Path.of(argument.substring(RECORD.length())))
                .findFirst()
                .orElseThrow();
    }

    private List<String> launch(String... arguments) throws Exception {
        return launch(0, arguments);
    }

    private List<String> launch(int exitCode, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "sh",
                "-euc",
                ". \"$0\"; class_path=$1; archives=$2; shift 2;"
                        + " find_java; find_command \"$@\"; launch \"$class_path\" '' \"$archives\" \"$@\"",
                LAUNCHER,
                library + "/*",
                archives.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().remove("WALTALLY_JAVA_OPTS");
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isEqualTo(exitCode);
        return output.lines().toList();
    }
}

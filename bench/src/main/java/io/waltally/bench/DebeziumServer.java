package io.waltally.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An unpacked distribution of Debezium Server.
 *
 * @param home its directory
 * @param javaHome a JDK that can run it: 3.6 needs 21
 */
public record DebeziumServer(Path home, Path javaHome) {
    /** @throws IllegalArgumentException if one of the directories does not exist */
    public DebeziumServer {
        home = home.toAbsolutePath();
        find(home);
        if (!Files.isExecutable(java(javaHome))) {
            throw new IllegalArgumentException(
                    "debezium-server-java is " + javaHome + ": must be the directory of a JDK, but has no bin/java");
        }
    }

    /** Its start script. */
    public Path runner() {
        return find(home);
    }

    public Path java() {
        return java(javaHome);
    }

    private static Path java(Path javaHome) {
        return javaHome.resolve("bin").resolve("java");
    }

    private static Path find(Path home) {
        if (Files.isDirectory(home)) {
            try (DirectoryStream<Path> runners = Files.newDirectoryStream(home, "debezium-server-*runner.jar")) {
                for (Path runner : runners) {
                    return runner;
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        throw new IllegalArgumentException("debezium-server is " + home
                + ": must be the directory of an unpacked debezium-server-dist, where debezium-server-*runner.jar is");
    }
}

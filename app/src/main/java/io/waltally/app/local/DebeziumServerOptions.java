package io.waltally.app.local;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where Debezium Server is. Picocli reads this class in every command, so it knows nothing of what only some have. */
final class DebeziumServerOptions {
    @Option(
            names = "--debezium-server",
            paramLabel = "DIR",
            description = "Beside an unpacked distribution of Debezium Server, with its Kafka sink.")
    private Path debeziumServer;

    @Option(
            names = "--debezium-server-java",
            paramLabel = "DIR",
            description = "The JDK that runs it, if it needs a newer one than this.")
    private Path debeziumServerJava;

    Optional<Path> home() {
        return Optional.ofNullable(debeziumServer);
    }

    Path java() {
        return Objects.requireNonNullElseGet(debeziumServerJava, () -> Path.of(System.getProperty("java.home")));
    }
}

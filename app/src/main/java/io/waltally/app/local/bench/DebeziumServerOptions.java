package io.waltally.app.local.bench;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import picocli.CommandLine.Option;

/**
 * Options for Debezium Server. Must not refer to optional modules, because picocli reads this class in every command.
 */
final class DebeziumServerOptions {
    static final String HOME = "--debezium-server";
    static final String JAVA = "--debezium-server-java";

    @Option(
            names = HOME,
            paramLabel = "DIR",
            description = "Directory of an unpacked Debezium Server, to be measured too, with its Kafka sink.")
    private Path debeziumServer;

    @Option(names = JAVA, paramLabel = "DIR", description = "A JDK for Debezium Server, if it needs a newer one.")
    private Path debeziumServerJava;

    Optional<Path> home() {
        return Optional.ofNullable(debeziumServer);
    }

    Path java() {
        return Objects.requireNonNullElseGet(debeziumServerJava, () -> Path.of(System.getProperty("java.home")));
    }
}

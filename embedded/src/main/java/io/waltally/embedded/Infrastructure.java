package io.waltally.embedded;

import java.net.URI;

/** A running PostgreSQL, Kafka and schema registry. Closing it stops all three, in the order in which they are used. */
public interface Infrastructure extends AutoCloseable {
    /**
     * System property that says what {@link #forTests()} starts: {@code embedded} (the default) or {@code
     * containers}.
     */
    String KIND_PROPERTY = "waltally.infrastructure";

    /** Where PostgreSQL listens; the databases of {@link PostgresAddress} exist. */
    PostgresAddress postgres();

    /** What Kafka's clients call {@code bootstrap.servers}. */
    String kafka();

    /** The base of the registry's Confluent API, what their clients call {@code schema.registry.url}. */
    URI registry();

    /** A JDBC URL of that database, without the user. */
    default String jdbcUrl(String database) {
        return postgres().jdbcUrl(database);
    }

    /** Stops all; a second call does nothing. */
    @Override
    void close();

    /**
     * Starts the embedded servers, at once, and returns when all are ready.
     *
     * @throws PortInUseException if a port that was asked for is taken; what had started is stopped
     * @throws EmbeddedServerException if a server does not start; what had started is stopped
     */
    static Infrastructure start(InfrastructureOptions options) {
        return EmbeddedInfrastructure.start(options);
    }

    /**
     * Starts what integration tests run on, by the system property {@value #KIND_PROPERTY}. Containers need Docker,
     * and Testcontainers with its modules for PostgreSQL and Kafka on the classpath.
     */
    static Infrastructure forTests() {
        String kind = System.getProperty(KIND_PROPERTY, "embedded");
        return switch (kind) {
            case "embedded" -> start(InfrastructureOptions.ephemeral());
            case "containers" -> ContainerInfrastructure.start();
            default ->
                throw new IllegalArgumentException(
                        KIND_PROPERTY + " = " + kind + ": must be \"embedded\" or \"containers\"");
        };
    }
}

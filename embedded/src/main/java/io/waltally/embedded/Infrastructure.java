package io.waltally.embedded;

import io.waltally.embedded.process.EmbeddedServerException;
import io.waltally.embedded.process.PortInUseException;
import java.net.URI;

/** A running PostgreSQL, Kafka and schema registry. Closing it stops all three in order. */
public interface Infrastructure extends AutoCloseable {
    /**
     * System property that chooses what {@link #forTests()} starts: {@code embedded} (the default) or {@code
     * containers}.
     */
    String KIND_PROPERTY = "waltally.infrastructure";

    /** The address of PostgreSQL; the databases of {@link PostgresAddress} exist. */
    PostgresAddress postgres();

    /** The value of {@code bootstrap.servers}. */
    String kafka();

    /** The base URL of the registry's Confluent API, the value of {@code schema.registry.url}. */
    URI registry();

    /** A JDBC URL of that database, without the user. */
    default String jdbcUrl(String database) {
        return postgres().jdbcUrl(database);
    }

    /** Stops all servers; idempotent. */
    @Override
    void close();

    /**
     * Starts the embedded servers concurrently, and returns when all are ready.
     *
     * @throws PortInUseException if a requested port is in use; all servers are stopped
     * @throws EmbeddedServerException if a server does not start; all servers are stopped
     */
    static Infrastructure start(InfrastructureOptions options) {
        return EmbeddedInfrastructure.start(options);
    }

    /**
     * Starts the servers for integration tests, chosen by the system property {@value #KIND_PROPERTY}. Containers need
     * Docker, and Testcontainers with its modules for PostgreSQL and Kafka on the classpath.
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

package io.waltally.embedded;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.lifecycle.Startables;
import org.testcontainers.postgresql.PostgreSQLContainer;
import org.testcontainers.utility.DockerImageName;

/** PostgreSQL, Kafka and Apicurio in containers. Testcontainers' reaper stops them with this JVM. */
final class ContainerInfrastructure implements Infrastructure {
    private static final DockerImageName POSTGRES_IMAGE = DockerImageName.parse("postgres:18.6");
    private static final DockerImageName KAFKA_IMAGE = DockerImageName.parse("apache/kafka-native:4.3.1");
    private static final DockerImageName REGISTRY_IMAGE = DockerImageName.parse("apicurio/apicurio-registry:3.0.9");

    private static final int REGISTRY_PORT = 8080;
    private static final Duration START_TIMEOUT = Duration.ofMinutes(2);

    private final PostgreSQLContainer postgres = new PostgreSQLContainer(POSTGRES_IMAGE)
            .withDatabaseName("postgres")
            .withUsername(PostgresServer.USER)
            .withEnv("POSTGRES_HOST_AUTH_METHOD", "trust")
            .withCommand(
                    "postgres",
                    "-c",
                    "wal_level=logical",
                    "-c",
                    "max_connections=200",
                    "-c",
                    "max_wal_senders=20",
                    "-c",
                    "max_replication_slots=20",
                    "-c",
                    "fsync=off",
                    "-c",
                    "timezone=UTC");

    private final KafkaContainer kafka = new KafkaContainer(KAFKA_IMAGE)
            .withEnv("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
            .withEnv("KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS", "4")
            .withEnv("KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS", "4")
            .withEnv("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1")
            .withEnv("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1")
            .withEnv("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR", "1")
            .withEnv("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR", "1")
            .withEnv("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0");

    private final GenericContainer<?> registry = new GenericContainer<>(REGISTRY_IMAGE)
            .withExposedPorts(REGISTRY_PORT)
            .waitingFor(Wait.forHttp(SchemaRegistry.API_PATH + "/subjects").forPort(REGISTRY_PORT))
            .withStartupTimeout(START_TIMEOUT);

    private ContainerInfrastructure() {}

    static ContainerInfrastructure start() {
        ContainerInfrastructure infrastructure = new ContainerInfrastructure();
        try {
            Startables.deepStart(Stream.of(infrastructure.postgres, infrastructure.kafka, infrastructure.registry))
                    .join();
            PostgresServer.createDatabases(infrastructure.postgres());
            return infrastructure;
        } catch (RuntimeException | Error e) {
            infrastructure.close();
            throw e;
        }
    }

    @Override
    public PostgresAddress postgres() {
        return new PostgresAddress(
                postgres.getHost(), postgres.getMappedPort(PostgreSQLContainer.POSTGRESQL_PORT), PostgresServer.USER);
    }

    @Override
    public String kafka() {
        return kafka.getBootstrapServers();
    }

    @Override
    public URI registry() {
        return URI.create(
                "http://" + registry.getHost() + ":" + registry.getMappedPort(REGISTRY_PORT) + SchemaRegistry.API_PATH);
    }

    @Override
    public void close() {
        List.of(registry, kafka, postgres).forEach(GenericContainer::stop);
    }
}

package io.waltally.connectors.capture.publishing;

import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.schemas.KafkaFutures;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.schemas.topic.TopicCatalogue;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;

/**
 * The Kafka cluster and registry that changes are written to.
 *
 * @param properties of Kafka's clients, including {@code bootstrap.servers}
 * @param transactionTimeout longest duration of a Kafka transaction, which contains whole PostgreSQL transactions; at most the brokers' {@code
 *     transaction.max.timeout.ms}
 */
public record KafkaTarget(
        TopicCatalogue catalogue,
        Map<String, Object> properties,
        RegistryAccess registry,
        Duration transactionTimeout) {
    public KafkaTarget {
        properties = Map.copyOf(properties);
    }

    /** The id of the cluster. */
    public String clusterId() {
        try (Admin admin = Admin.create(properties)) {
            return KafkaFutures.get(admin.describeCluster().clusterId());
        }
    }

    public Watermarks watermarks() {
        return new Watermarks(catalogue.watermarks(), properties);
    }

    public CaptureFailures failures() {
        return new CaptureFailures(catalogue.captureFailures(), properties);
    }

    public TransactionPublisher openPublisher(CaptureConfig config) {
        return TransactionPublisher.open(
                properties, "waltally-capture-" + config.source().id(), transactionTimeout, catalogue.watermarks());
    }

    /** Without the properties, which may hold credentials. */
    @Override
    public String toString() {
        return "Kafka at " + properties.get("bootstrap.servers");
    }
}

package io.waltally.connectors.capture;

import io.waltally.schemas.TopicCatalogue;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;

/**
 * Where changes go.
 *
 * @param properties of Kafka's clients, {@code bootstrap.servers} among them
 * @param transactionTimeout the longest that one PostgreSQL transaction may take on its way; at most the brokers' {@code
 *     transaction.max.timeout.ms}
 */
public record KafkaTarget(
        TopicCatalogue catalogue, Map<String, Object> properties, String registryUrl, Duration transactionTimeout) {
    public KafkaTarget {
        properties = Map.copyOf(properties);
    }

    /** Id of the cluster. */
    String clusterId() {
        try (Admin admin = Admin.create(properties)) {
            return admin.describeCluster().clusterId().get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException cause ? cause : new KafkaException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted while waiting for the cluster", e);
        }
    }

    Watermarks watermarks() {
        return new Watermarks(catalogue.watermarks(), properties);
    }

    CaptureFailures failures() {
        return new CaptureFailures(catalogue.captureFailures(), properties);
    }

    TransactionPublisher openPublisher(CaptureConfig config) {
        return TransactionPublisher.open(
                properties, "waltally-capture-" + config.source().id(), transactionTimeout, catalogue.watermarks());
    }

    /** Without the properties, which may hold credentials. */
    @Override
    public String toString() {
        return "Kafka at " + properties.get("bootstrap.servers");
    }
}

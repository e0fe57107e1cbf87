package io.waltally.app.run;

import io.waltally.app.config.Configuration;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;

/** Settings of the brokers that limit what may be configured here. */
public final class BrokerLimits {
    private static final String TRANSACTION_TIMEOUT = "transaction.max.timeout.ms";
    private static final int TIMEOUT_SECONDS = 10;

    private BrokerLimits() {}

    /** The settings of one broker by name; empty if it does not show them. */
    public static Map<String, String> read(Admin admin) {
        try {
            Node node = admin.describeCluster()
                    .nodes()
                    .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .iterator()
                    .next();
            ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, node.idString());
            Config config = admin.describeConfigs(List.of(broker))
                    .all()
                    .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .get(broker);
            return config.entries().stream()
                    .filter(entry -> entry.value() != null)
                    .collect(java.util.stream.Collectors.toMap(ConfigEntry::name, ConfigEntry::value));
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            // The role may lack DESCRIBE_CONFIGS: the brokers then apply their limits themselves.
            return Map.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Map.of();
        }
    }

    /**
     * The reason why the brokers would refuse the configured transactions; empty if they do not, or do not show their
     * settings.
     */
    public static Optional<String> problem(Configuration configuration, Map<String, String> broker) {
        Duration wanted = configuration.capture().transactionTimeout();
        return Optional.ofNullable(broker.get(TRANSACTION_TIMEOUT))
                .map(millis -> Duration.ofMillis(Long.parseLong(millis)))
                .filter(allowed -> wanted.compareTo(allowed) > 0)
                .map(allowed -> "capture.transaction-timeout is " + wanted.toSeconds() + "s, and the brokers allow "
                        + allowed.toSeconds() + " s; set it to that at most, or their " + TRANSACTION_TIMEOUT
                        + " to " + wanted.toMillis());
    }
}

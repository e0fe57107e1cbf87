package io.waltally.app.command;

import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.RunningInstance;
import io.waltally.app.config.Configuration;
import io.waltally.app.status.StatusReader;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaException;

/** Compares the Kafka cluster of a running instance with that of the command's own configuration. */
final class InstanceCluster {
    private InstanceCluster() {}

    /**
     * Requires that they are the same, as far as both are known: an instance at the configured address may be of another
     * configuration.
     *
     * @throws CommandFailure if they differ
     */
    static void requireSame(RunningInstance instance, Configuration configuration) {
        Optional<String> its = instance.getIfOffered(InstanceStatus.PATH)
                .flatMap(answer -> new InstanceStatus(answer).kafkaClusterId());
        if (its.isPresent()) {
            difference(instance, its, own(configuration)).ifPresent(difference -> {
                throw new CommandFailure(difference + ". Give the configuration of that instance (-c), or the address"
                        + " of the instance that is meant (http.host, http.port)");
            });
        }
    }

    private static Optional<String> own(Configuration configuration) {
        try {
            return Optional.of(new StatusReader(configuration, configuration.catalogue()).clusterId());
        } catch (KafkaException | TimeoutException e) {
            return Optional.empty();
        }
    }

    /** A sentence if both clusters are known and differ. */
    static Optional<String> difference(RunningInstance instance, Optional<String> its, Optional<String> own) {
        return its.isEmpty() || own.isEmpty() || its.equals(own)
                ? Optional.empty()
                : Optional.of("the instance at " + instance + " belongs to Kafka cluster " + its.get()
                        + ", and kafka.bootstrap.servers of this configuration to cluster " + own.get());
    }
}

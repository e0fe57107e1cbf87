package io.waltally.app.doctor.kafka;

import io.waltally.app.config.Configuration;
import io.waltally.app.doctor.check.Check;
import io.waltally.app.doctor.check.Finding;
import io.waltally.app.doctor.check.ProbeExecutor;
import io.waltally.app.doctor.check.Severity;
import io.waltally.app.doctor.check.UnusableServerException;
import io.waltally.app.failure.KafkaFailure;
import io.waltally.app.failure.ServerFailure;
import io.waltally.app.run.BrokerLimits;
import io.waltally.app.run.ExternalSystems;
import io.waltally.schemas.Counted;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FinalizedVersionRange;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;

/**
 * The cluster: whether it and each of its brokers can be reached, its version and limits.
 *
 * @param captures only capture depends on the limits, and has the right to see them
 */
public record KafkaCheck(Configuration configuration, boolean captures) implements Check {
    public static final String NAME = "kafka";

    /** The level of feature metadata.version that Kafka 3.7 brought. */
    private static final short KAFKA_3_7 = 19;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Finding> run() throws UnusableServerException, InterruptedException {
        CompletableFuture<List<Finding>> listeners = ProbeExecutor.start(this::checkListeners);
        Optional<ServerFailure> failure =
                ExternalSystems.kafka(configuration.kafka()).probe().check();
        List<Finding> reached = listeners.join();
        boolean allReached = reached.stream().allMatch(finding -> finding.severity() == Severity.OK);
        if (failure.isPresent() && (allReached || failure.get().answered())) {
            throw new UnusableServerException(failure.get());
        }
        if (!allReached) {
            // Clients wait for such a broker, so further requests would too.
            return reached;
        }
        try (Admin admin = KafkaProbe.admin(configuration.kafka())) {
            int brokers = KafkaProbe.await(admin.describeCluster().nodes()).size();
            List<Finding> findings = new ArrayList<>();
            findings.add(Finding.ok(
                    name(),
                    KafkaFailure.server(configuration.kafka()) + " answers; it has " + Counted.of(brokers, "broker")));
            checkVersion(admin).ifPresent(findings::add);
            findings.addAll(reached);
            checkLimits(BrokerLimits.read(admin), brokers, findings);
            return findings;
        }
    }

    /** Empty if no bootstrap server answers. */
    private List<Finding> checkListeners() {
        try {
            return ProbeExecutor.map(AdvertisedBrokers.read(configuration.kafka()), this::checkListener);
        } catch (IOException | KafkaException e) {
            return List.of();
        }
    }

    private static Optional<Finding> checkVersion(Admin admin) throws InterruptedException {
        try {
            return version(Optional.ofNullable(
                            KafkaProbe.await(admin.describeFeatures().featureMetadata())
                                    .finalizedFeatures()
                                    .get("metadata.version"))
                    .map(FinalizedVersionRange::maxVersionLevel));
        } catch (KafkaException e) {
            return Optional.empty();
        }
    }

    /** @param level of feature metadata.version; empty if the cluster has no such feature, as with ZooKeeper */
    static Optional<Finding> version(Optional<Short> level) {
        return level.filter(known -> known >= KAFKA_3_7).isPresent()
                ? Optional.empty()
                : Optional.of(Finding.warning(
                        NAME,
                        "the cluster is older than Kafka 3.7, with which waltally is not tested",
                        "upgrade it, then kafka-features.sh upgrade --release-version 3.7 or later"));
    }

    /** Clients connect to the address that a broker advertises, not to the bootstrap address. */
    private Finding checkListener(Node node) {
        String address = node.host() + ":" + node.port();
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(node.host(), node.port()), KafkaProbe.TIMEOUT_MILLIS);
            return Finding.ok(name(), "broker " + node.idString() + " is reached at " + address);
        } catch (IOException | IllegalArgumentException e) {
            return Finding.error(
                    name(),
                    "broker " + node.idString() + " advertises " + address + ", which cannot be reached from here",
                    "start it, or set its advertised.listeners to an address that this machine reaches, or fix name"
                            + " service or firewall");
        }
    }

    private void checkLimits(Map<String, String> broker, int brokers, List<Finding> findings) {
        if (broker.isEmpty() && !captures) {
            return;
        }
        if (broker.isEmpty()) {
            findings.add(Finding.warning(
                    name(),
                    "the brokers do not show their settings, so limits are not checked",
                    "grant DESCRIBE_CONFIGS on the cluster to the user of section kafka"));
            return;
        }
        if (captures) {
            BrokerLimits.problem(configuration, broker)
                    .ifPresent(problem -> findings.add(Finding.error(name(), problem)));
        }
        replication(broker, brokers).ifPresent(findings::add);
    }

    /** @param broker settings of one of them */
    static Optional<Finding> replication(Map<String, String> broker, int brokers) {
        int replication = Integer.parseInt(broker.getOrDefault("default.replication.factor", "1"));
        if (replication > brokers) {
            return Optional.of(Finding.error(
                    NAME,
                    "default.replication.factor is " + replication + ", and the cluster has "
                            + Counted.of(brokers, "broker") + ": topics cannot be created",
                    "start more brokers, or set default.replication.factor lower"));
        }
        return replication == 1 && brokers > 1
                ? Optional.of(Finding.warning(
                        NAME,
                        "default.replication.factor is 1: topics that are created have one replica, and are lost with it",
                        "set default.replication.factor of the brokers to 3, and min.insync.replicas to 2"))
                : Optional.empty();
    }
}

package io.waltally.app.doctor;

import io.waltally.app.config.Configuration;
import io.waltally.app.run.Topics;
import io.waltally.schemas.Source;
import io.waltally.schemas.TopicCatalogue;
import io.waltally.schemas.topic.Topic;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeConsumerGroupsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.jspecify.annotations.Nullable;

/** What the cluster's ACLs let the configured user do, as brokers say when they describe things. */
record AccessCheck(Configuration configuration, TopicCatalogue catalogue) implements Check {
    private static final Set<AclOperation> TOPIC =
            EnumSet.of(AclOperation.READ, AclOperation.WRITE, AclOperation.DESCRIBE, AclOperation.DESCRIBE_CONFIGS);
    private static final Set<AclOperation> GROUP = EnumSet.of(AclOperation.READ, AclOperation.DESCRIBE);

    @Override
    public String name() {
        return "kafka access";
    }

    @Override
    public List<Finding> run() throws InterruptedException {
        try (Admin admin = Kafka.admin(configuration.kafka())) {
            List<Finding> findings = new ArrayList<>();
            Set<String> existing = Kafka.await(admin.listTopics().names());
            List<String> wanted = Topics.of(configuration, catalogue).stream()
                    .map(Topic::name)
                    .toList();
            Set<AclOperation> cluster =
                    Kafka.await(admin.describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true))
                            .authorizedOperations());
            if (!existing.containsAll(wanted) && cluster != null && !cluster.contains(AclOperation.CREATE)) {
                findings.add(
                        Finding.warning(
                                name(),
                                "CREATE on the cluster is not granted, and topics are missing or not visible",
                                "grant CREATE on them by name or prefix, or let an administrator run 'waltally topics create'"));
            }
            checkTopics(admin, wanted.stream().filter(existing::contains).toList(), findings);
            checkGroup(admin, configuration.streams().pipeline().applicationId(), findings);
            for (Source source : configuration.sources().keySet()) {
                checkTransactions(admin, "waltally-capture-" + source.id(), findings);
            }
            return findings.isEmpty()
                    ? List.of(Finding.ok(name(), "topics, groups and transactional ids may be used"))
                    : findings;
        }
    }

    private void checkTopics(Admin admin, List<String> names, List<Finding> findings) throws InterruptedException {
        Kafka.await(admin.describeTopics(names, new DescribeTopicsOptions().includeAuthorizedOperations(true))
                        .allTopicNames())
                .forEach((topic, description) -> {
                    Set<AclOperation> missing = missing(TOPIC, description.authorizedOperations());
                    if (!missing.isEmpty()) {
                        findings.add(Finding.error(
                                name(),
                                listed(missing) + " on topic " + topic + " is not granted",
                                "kafka-acls.sh --add --allow-principal User:... --operation "
                                        + String.join(" --operation ", names(missing)) + " --topic " + topic));
                    }
                });
    }

    private void checkGroup(Admin admin, String group, List<Finding> findings) throws InterruptedException {
        try {
            Set<AclOperation> granted = Kafka.await(admin.describeConsumerGroups(
                                    List.of(group),
                                    new DescribeConsumerGroupsOptions().includeAuthorizedOperations(true))
                            .all())
                    .get(group)
                    .authorizedOperations();
            Set<AclOperation> missing = missing(GROUP, granted);
            if (!missing.isEmpty()) {
                findings.add(refusedGroup(group, listed(missing)));
            }
        } catch (GroupIdNotFoundException e) {
            // It is made by its first member, if that is permitted to read.
        } catch (AuthorizationException e) {
            findings.add(refusedGroup(group, "DESCRIBE"));
        }
    }

    private Finding refusedGroup(String group, String operations) {
        return Finding.error(
                name(),
                operations + " on consumer group " + group + " (streams.application-id) is not granted",
                "kafka-acls.sh --add --allow-principal User:... --operation All --group " + group
                        + " --resource-pattern-type prefixed");
    }

    private void checkTransactions(Admin admin, String id, List<Finding> findings) throws InterruptedException {
        try {
            Kafka.await(admin.describeTransactions(List.of(id)).all());
        } catch (AuthorizationException e) {
            findings.add(Finding.error(
                    name(),
                    "transactional id " + id + " may not be used",
                    "kafka-acls.sh --add --allow-principal User:... --operation Write --operation Describe"
                            + " --transactional-id " + id));
        } catch (KafkaException e) {
            // It was never used.
        }
    }

    /** @param granted null if the broker does not say */
    private static Set<AclOperation> missing(Set<AclOperation> wanted, @Nullable Set<AclOperation> granted) {
        if (granted == null) {
            return Set.of();
        }
        Set<AclOperation> missing = EnumSet.copyOf(wanted);
        missing.removeAll(granted);
        return missing;
    }

    private static String listed(Set<AclOperation> operations) {
        return operations.stream().map(AclOperation::name).collect(Collectors.joining(", "));
    }

    private static Set<String> names(Set<AclOperation> operations) {
        Set<String> names = new TreeSet<>();
        operations.forEach(operation -> names.add(operation.name().toLowerCase(Locale.ROOT)));
        return names;
    }
}

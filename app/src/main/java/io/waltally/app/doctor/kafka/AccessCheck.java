package io.waltally.app.doctor.kafka;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.ConfiguredSink;
import io.waltally.app.doctor.check.Check;
import io.waltally.app.doctor.check.Finding;
import io.waltally.app.run.Topics;
import io.waltally.app.run.role.RoleName;
import io.waltally.schemas.Source;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeConsumerGroupsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/**
 * Checks whether the cluster's ACLs allow the operations that the roles need, by the authorized operations in brokers'
 * descriptions. For unused groups and transactional ids, brokers return only whether DESCRIBE is allowed.
 */
public record AccessCheck(Configuration configuration, TopicCatalogue catalogue, Set<RoleName> roles) implements Check {
    private static final String COMMAND = "kafka-acls.sh --add --allow-principal User:... --operation ";

    /** The granted operations by resource, of resources that exist or are refused. */
    private record Granted(Map<String, Set<AclOperation>> topics, Map<String, Set<AclOperation>> groups) {
        Map<String, Set<AclOperation>> of(ResourceType type) {
            return type == ResourceType.TOPIC ? topics : groups;
        }
    }

    @Override
    public String name() {
        return "kafka access";
    }

    @Override
    public Set<String> needs() {
        return Set.of(KafkaCheck.NAME);
    }

    @Override
    public List<Finding> run() throws InterruptedException {
        List<AccessRight> rights = AccessRight.of(applicationId()).stream()
                .filter(right -> right.isOf(roles))
                .toList();
        try (Admin admin = KafkaProbe.admin(configuration.kafka())) {
            Set<String> existing = KafkaProbe.await(admin.listTopics().names());
            Set<String> missing = new TreeSet<>();
            Granted granted = new Granted(topics(admin, existing, missing), groups(admin));
            List<Finding> findings = new ArrayList<>();
            for (AccessRight right : rights) {
                switch (right.resource().resourceType()) {
                    case TOPIC, GROUP -> checkGranted(right, granted, findings);
                    case TRANSACTIONAL_ID -> checkTransactions(admin, right, findings);
                    default -> {
                        // KafkaCheck finds whether the brokers show their settings.
                    }
                }
            }
            checkCreation(admin, existing, missing, findings);
            return findings.isEmpty()
                    ? List.of(Finding.ok(name(), "topics, groups and transactional ids may be used"))
                    : findings;
        }
    }

    private String applicationId() {
        return configuration.streams().pipeline().applicationId();
    }

    /** @param missing gets the topics of the configuration that do not exist */
    private Map<String, Set<AclOperation>> topics(Admin admin, Set<String> existing, Set<String> missing)
            throws InterruptedException {
        Set<String> names = new LinkedHashSet<>();
        Topics.of(configuration, catalogue).stream().map(Topic::name).forEach(names::add);
        existing.stream().filter(this::isInternal).forEach(names::add);
        Map<String, Set<AclOperation>> granted = new HashMap<>();
        Map<String, KafkaFuture<TopicDescription>> described = admin.describeTopics(
                        names, new DescribeTopicsOptions().includeAuthorizedOperations(true))
                .topicNameValues();
        for (Map.Entry<String, KafkaFuture<TopicDescription>> topic : described.entrySet()) {
            try {
                Optional.ofNullable(KafkaProbe.await(topic.getValue()).authorizedOperations())
                        .ifPresent(operations -> granted.put(topic.getKey(), operations));
            } catch (UnknownTopicOrPartitionException e) {
                missing.add(topic.getKey());
            } catch (AuthorizationException e) {
                granted.put(topic.getKey(), Set.of());
            }
        }
        return granted;
    }

    private boolean isInternal(String topic) {
        return topic.startsWith(applicationId() + "-");
    }

    private Map<String, Set<AclOperation>> groups(Admin admin) throws InterruptedException {
        Set<String> names = new LinkedHashSet<>(Set.of(applicationId()));
        if (roles.contains(RoleName.SINKS)) {
            configuration.sinks().active().stream()
                    .map(ConfiguredSink::name)
                    .forEach(sink -> names.add(configuration.sinkGroupPrefix() + sink));
        }
        if (roles.contains(RoleName.WEBHOOKS)) {
            configuration
                    .webhooks()
                    .endpoints()
                    .forEach(endpoint -> names.add(configuration.webhookGroup(endpoint.name())));
        }
        Map<String, Set<AclOperation>> granted = new HashMap<>();
        Map<String, KafkaFuture<ConsumerGroupDescription>> described = admin.describeConsumerGroups(
                        names, new DescribeConsumerGroupsOptions().includeAuthorizedOperations(true))
                .describedGroups();
        for (Map.Entry<String, KafkaFuture<ConsumerGroupDescription>> group : described.entrySet()) {
            try {
                Optional.ofNullable(KafkaProbe.await(group.getValue()).authorizedOperations())
                        .ifPresent(operations -> granted.put(group.getKey(), operations));
            } catch (GroupIdNotFoundException e) {
                // The first member creates the group, if it may read.
            } catch (AuthorizationException e) {
                granted.put(group.getKey(), Set.of());
            }
        }
        return granted;
    }

    private void checkGranted(AccessRight right, Granted granted, List<Finding> findings) {
        Set<AclOperation> missing = EnumSet.noneOf(AclOperation.class);
        Set<String> names = new TreeSet<>();
        ResourceType type = right.resource().resourceType();
        granted.of(type).forEach((resource, operations) -> {
            if (right.covers(type, resource) && !operations.containsAll(right.operations())) {
                right.operations().stream()
                        .filter(operation -> !operations.contains(operation))
                        .forEach(missing::add);
                names.add(resource);
            }
        });
        if (!missing.isEmpty()) {
            findings.add(notGranted(
                    right,
                    missing,
                    right.resource().patternType() == PatternType.PREFIXED
                            ? " (seen of " + names.iterator().next()
                                    + (names.size() > 1 ? " and " + (names.size() - 1) + " more" : "") + ")"
                            : ""));
        }
    }

    private void checkTransactions(Admin admin, AccessRight right, List<Finding> findings) throws InterruptedException {
        List<String> ids = right.resource().patternType() == PatternType.LITERAL
                ? List.of(right.resource().name())
                : configuration.sources().keySet().stream()
                        .map(Source::id)
                        .map(id -> right.resource().name() + id)
                        .toList();
        for (String id : ids) {
            try {
                KafkaProbe.await(admin.describeTransactions(List.of(id)).all());
            } catch (AuthorizationException e) {
                findings.add(notGranted(right, right.operations(), ""));
                return;
            } catch (KafkaException e) {
                // The transactional id was never used.
            }
        }
    }

    /** Brokers validate a request to create topics without creating them. */
    private void checkCreation(Admin admin, Set<String> existing, Set<String> missing, List<Finding> findings)
            throws InterruptedException {
        Set<String> refused = refused(admin, missing);
        if (!refused.isEmpty()) {
            findings.add(Finding.error(
                    name(),
                    "CREATE of missing topics is not granted: " + String.join(", ", refused),
                    "let an operator run 'waltally topics create', or grant CREATE on them"));
        }
        if (roles.contains(RoleName.STREAMS)
                && existing.stream().noneMatch(this::isInternal)
                && !refused(admin, Set.of(applicationId() + "-doctor")).isEmpty()) {
            AccessRight.of(applicationId()).stream()
                    .filter(right -> right.isOf(EnumSet.of(RoleName.STREAMS))
                            && right.operations().contains(AclOperation.CREATE))
                    .forEach(right -> findings.add(notGranted(right, Set.of(AclOperation.CREATE), "")));
        }
    }

    private static Set<String> refused(Admin admin, Collection<String> topics) throws InterruptedException {
        Set<String> refused = new TreeSet<>();
        Map<String, KafkaFuture<Void>> validated = admin.createTopics(
                        topics.stream()
                                .map(topic -> new NewTopic(topic, Optional.empty(), Optional.empty()))
                                .toList(),
                        new CreateTopicsOptions().validateOnly(true))
                .values();
        for (Map.Entry<String, KafkaFuture<Void>> topic : validated.entrySet()) {
            try {
                KafkaProbe.await(topic.getValue());
            } catch (AuthorizationException e) {
                refused.add(topic.getKey());
            } catch (KafkaException e) {
                // Whether a topic can be created as configured is another question.
            }
        }
        return refused;
    }

    private Finding notGranted(AccessRight right, Set<AclOperation> operations, String seen) {
        ResourcePattern resource = right.resource();
        boolean prefixed = resource.patternType() == PatternType.PREFIXED;
        return Finding.error(
                name(),
                sorted(operations).map(AclOperation::name).collect(Collectors.joining(", ")) + " on "
                        + described(resource) + seen + " is not granted",
                COMMAND
                        + sorted(operations)
                                .map(operation -> operation.name().toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining(" --operation "))
                        + option(resource)
                        + (prefixed ? " --resource-pattern-type prefixed" : ""));
    }

    private static Stream<AclOperation> sorted(Set<AclOperation> operations) {
        return operations.stream().sorted();
    }

    private static String described(ResourcePattern resource) {
        String name = resource.name() + (resource.patternType() == PatternType.PREFIXED ? "*" : "");
        return switch (resource.resourceType()) {
            case TOPIC -> "topic " + name;
            case GROUP -> "consumer group " + name;
            case TRANSACTIONAL_ID -> "transactional id " + name;
            default -> resource.resourceType() + " " + name;
        };
    }

    private static String option(ResourcePattern resource) {
        return switch (resource.resourceType()) {
            case TOPIC -> " --topic " + resource.name();
            case GROUP -> " --group " + resource.name();
            case TRANSACTIONAL_ID -> " --transactional-id " + resource.name();
            default -> "";
        };
    }
}

package io.waltally.app.doctor.kafka;

import static org.apache.kafka.common.acl.AclOperation.ALTER_CONFIGS;
import static org.apache.kafka.common.acl.AclOperation.CREATE;
import static org.apache.kafka.common.acl.AclOperation.DELETE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE_CONFIGS;
import static org.apache.kafka.common.acl.AclOperation.READ;
import static org.apache.kafka.common.acl.AclOperation.WRITE;

import io.waltally.app.run.role.RoleName;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.Resource;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/**
 * Operations on resources of Kafka that accounts of some roles need: the table of docs/security.md.
 *
 * @param accounts ids of roles, and {@link #COMMANDS}
 */
public record AccessRight(Set<String> accounts, ResourcePattern resource, Set<AclOperation> operations) {
    /** The account of an operator. */
    public static final String COMMANDS = "commands";

    private static final String CAPTURE = RoleName.CAPTURE.id();
    private static final String STREAMS = RoleName.STREAMS.id();
    private static final String SINKS = RoleName.SINKS.id();
    private static final String WEBHOOKS = RoleName.WEBHOOKS.id();
    private static final Set<String> ALL = Set.of(CAPTURE, STREAMS, SINKS, WEBHOOKS, COMMANDS);

    /** The rights of all accounts, in the order of the document. */
    public static List<AccessRight> of(String applicationId) {
        return List.of(
                startingWith(ALL, ResourceType.TOPIC, "s3.public.", DESCRIBE, DESCRIBE_CONFIGS),
                startingWith(ALL, ResourceType.TOPIC, "sync.public.", DESCRIBE, DESCRIBE_CONFIGS),
                startingWith(ALL, ResourceType.TOPIC, "agg.", DESCRIBE, DESCRIBE_CONFIGS),
                named(ALL, ResourceType.TOPIC, "outbox.notifications", DESCRIBE, DESCRIBE_CONFIGS),
                startingWith(ALL, ResourceType.TOPIC, "dlq.", READ, DESCRIBE_CONFIGS),
                startingWith(ALL, ResourceType.TOPIC, "_waltally.", READ, DESCRIBE_CONFIGS),
                startingWith(ALL, ResourceType.TOPIC, applicationId + "-", DESCRIBE),
                startingWith(ALL, ResourceType.GROUP, applicationId, DESCRIBE),
                startingWith(Set.of(CAPTURE), ResourceType.TOPIC, "s3.public.", READ, WRITE),
                startingWith(Set.of(CAPTURE), ResourceType.TOPIC, "sync.public.", READ, WRITE),
                named(Set.of(CAPTURE), ResourceType.TOPIC, "_waltally.watermarks", WRITE),
                named(Set.of(CAPTURE), ResourceType.TOPIC, "_waltally.failures", WRITE),
                named(Set.of(CAPTURE), ResourceType.TOPIC, "dlq.capture", WRITE),
                named(Set.of(CAPTURE), ResourceType.CLUSTER, Resource.CLUSTER_NAME, DESCRIBE_CONFIGS),
                startingWith(Set.of(CAPTURE), ResourceType.TRANSACTIONAL_ID, "waltally-capture-", WRITE),
                startingWith(Set.of(STREAMS), ResourceType.TOPIC, "s3.public.", READ),
                startingWith(Set.of(STREAMS), ResourceType.TOPIC, "sync.public.", READ),
                startingWith(Set.of(STREAMS), ResourceType.TOPIC, "agg.", READ, WRITE),
                named(Set.of(STREAMS), ResourceType.TOPIC, "outbox.notifications", WRITE),
                named(Set.of(STREAMS), ResourceType.TOPIC, "dlq.streams", WRITE),
                named(Set.of(STREAMS), ResourceType.TOPIC, "_waltally.applied", WRITE),
                named(Set.of(STREAMS), ResourceType.TOPIC, "_waltally.states", WRITE),
                startingWith(
                        Set.of(STREAMS),
                        ResourceType.TOPIC,
                        applicationId + "-",
                        CREATE,
                        DELETE,
                        DESCRIBE_CONFIGS,
                        READ,
                        WRITE),
                named(Set.of(STREAMS), ResourceType.GROUP, applicationId, READ),
                startingWith(Set.of(STREAMS), ResourceType.TRANSACTIONAL_ID, applicationId + "-", WRITE),
                startingWith(Set.of(SINKS), ResourceType.TOPIC, "s3.public.", READ),
                startingWith(Set.of(SINKS), ResourceType.TOPIC, "sync.public.", READ),
                startingWith(Set.of(SINKS), ResourceType.TOPIC, "agg.", READ),
                named(Set.of(SINKS), ResourceType.TOPIC, "outbox.notifications", READ),
                named(Set.of(SINKS), ResourceType.TOPIC, "dlq.sinks", WRITE),
                startingWith(Set.of(SINKS), ResourceType.GROUP, applicationId + "-sinks-", READ),
                named(Set.of(SINKS, COMMANDS), ResourceType.TOPIC, "_waltally.sinks", WRITE),
                named(Set.of(SINKS, COMMANDS), ResourceType.TRANSACTIONAL_ID, "waltally-sink-controls", WRITE),
                named(Set.of(WEBHOOKS, COMMANDS), ResourceType.TOPIC, "_waltally.webhooks", WRITE),
                named(Set.of(WEBHOOKS, COMMANDS), ResourceType.TRANSACTIONAL_ID, "waltally-webhook-controls", WRITE),
                named(Set.of(WEBHOOKS), ResourceType.TOPIC, "outbox.notifications", READ),
                named(Set.of(WEBHOOKS), ResourceType.TOPIC, "dlq.webhooks", WRITE),
                startingWith(Set.of(WEBHOOKS), ResourceType.GROUP, applicationId + "-webhooks-", READ),
                named(Set.of(STREAMS, SINKS, WEBHOOKS, COMMANDS), ResourceType.TOPIC, "_waltally.dead-letters", WRITE),
                startingWith(Set.of(COMMANDS), ResourceType.TOPIC, "s3.public.", CREATE, READ, ALTER_CONFIGS),
                startingWith(Set.of(COMMANDS), ResourceType.TOPIC, "sync.public.", CREATE, READ, ALTER_CONFIGS),
                startingWith(Set.of(COMMANDS), ResourceType.TOPIC, "agg.", CREATE, READ, ALTER_CONFIGS),
                named(Set.of(COMMANDS), ResourceType.TOPIC, "outbox.notifications", CREATE, READ, ALTER_CONFIGS),
                startingWith(Set.of(COMMANDS), ResourceType.TOPIC, "dlq.", CREATE, ALTER_CONFIGS),
                startingWith(Set.of(COMMANDS), ResourceType.TOPIC, "_waltally.", CREATE, ALTER_CONFIGS),
                startingWith(Set.of(COMMANDS), ResourceType.TOPIC, "_waltally.replay.", WRITE),
                startingWith(Set.of(COMMANDS), ResourceType.TRANSACTIONAL_ID, "waltally-replays", WRITE));
    }

    private static AccessRight named(Set<String> accounts, ResourceType type, String name, AclOperation... operations) {
        return new AccessRight(accounts, new ResourcePattern(type, name, PatternType.LITERAL), Set.of(operations));
    }

    private static AccessRight startingWith(
            Set<String> accounts, ResourceType type, String prefix, AclOperation... operations) {
        return new AccessRight(accounts, new ResourcePattern(type, prefix, PatternType.PREFIXED), Set.of(operations));
    }

    /** Whether a resource of this type and name is meant. */
    boolean covers(ResourceType type, String name) {
        return resource.resourceType() == type
                && (resource.patternType() == PatternType.PREFIXED
                        ? name.startsWith(resource.name())
                        : name.equals(resource.name()));
    }

    boolean isOf(Set<RoleName> roles) {
        return roles.stream().map(RoleName::id).anyMatch(accounts::contains);
    }
}

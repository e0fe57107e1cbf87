package io.waltally.schemas.topic;

import io.waltally.schemas.KafkaFutures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;

/** Creates the topics of the catalogue, compares existing ones with it, and alters them. */
public final class TopicProvisioning {
    private static final Duration PROPAGATION = Duration.ofSeconds(30);
    private static final Duration PROPAGATION_POLL = Duration.ofMillis(50);

    private final Admin admin;

    public TopicProvisioning(Admin admin) {
        this.admin = admin;
    }

    /**
     * The topics after provisioning.
     *
     * @param created names of new topics
     * @param states all topics; none contradicts the catalogue
     */
    public record Provisioned(Set<String> created, List<TopicState> states) {}

    /**
     * Creates all missing topics that the cluster accepts, and verifies the others. Alters none.
     *
     * @throws TopicRefusedException if the cluster does not create some topics as configured. It names each of them, and the
     *     contradictions of existing topics
     * @throws TopicContradictionException if existing topics contradict the catalogue
     * @throws KafkaException if the cluster cannot be asked
     */
    public Provisioned create(Collection<Topic<?, ?>> topics) {
        Set<String> existing = names();
        Map<String, Topic<?, ?>> missing = new LinkedHashMap<>();
        topics.stream()
                .filter(topic -> !existing.contains(topic.name()))
                .forEach(topic -> missing.put(topic.name(), topic));
        Set<String> created = new HashSet<>(missing.keySet());
        Map<String, ApiException> refused = new LinkedHashMap<>();
        Map<String, KafkaFuture<Void>> creations = admin.createTopics(missing.values().stream()
                        .map(TopicProvisioning::newTopic)
                        .toList())
                .values();
        missing.keySet().forEach(name -> {
            try {
                KafkaFutures.get(creations.get(name));
            } catch (TopicExistsException e) {
                // Another instance created it first; it is verified below.
                created.remove(name);
            } catch (RetriableException e) {
                throw e;
            } catch (ApiException e) {
                created.remove(name);
                refused.put(name, e);
            }
        });
        List<Topic<?, ?>> provisioned = topics.stream()
                .filter(topic -> !refused.containsKey(topic.name()))
                .toList();
        awaitVisible(provisioned.stream().map(Topic::name).collect(Collectors.toSet()));
        List<TopicState> states = states(provisioned);
        List<TopicState> contradictions =
                states.stream().filter(TopicState::contradicts).toList();
        if (!refused.isEmpty()) {
            TopicRefusedException refusal = refusal(missing, refused);
            throw contradictions.isEmpty()
                    ? refusal
                    : new TopicRefusedException(refusal, new TopicContradictionException(contradictions));
        }
        if (!contradictions.isEmpty()) {
            throw new TopicContradictionException(contradictions);
        }
        return new Provisioned(Set.copyOf(created), states);
    }

    private TopicRefusedException refusal(Map<String, Topic<?, ?>> missing, Map<String, ApiException> refused) {
        Map<String, String> reasons = new LinkedHashMap<>();
        refused.forEach((name, cause) -> reasons.put(name, reason(missing.get(name), cause)));
        return new TopicRefusedException(
                reasons, missing.size(), refused.values().iterator().next());
    }

    private static NewTopic newTopic(Topic<?, ?> topic) {
        Optional<Short> replicas = topic.storage().replicationFactor().isPresent()
                ? Optional.of((short) topic.storage().replicationFactor().getAsInt())
                : Optional.empty();
        Map<String, String> config = new HashMap<>();
        TopicProperty.of(topic).stream()
                .filter(TopicProperty::given)
                .forEach(property -> config.put(property.name(), property.wanted()));
        return new NewTopic(topic.name(), Optional.of(topic.partitions()), replicas).configs(config);
    }

    private String reason(Topic<?, ?> topic, ApiException cause) {
        if (cause instanceof AuthorizationException) {
            return "Kafka allows this account neither Create nor Describe, so that it would not see the topic either if"
                    + " it exists; docs/security.md has the ACLs";
        }
        if (cause instanceof InvalidReplicationFactorException) {
            int brokers = KafkaFutures.get(admin.describeCluster().nodes()).size();
            OptionalInt given = topic.storage().replicationFactor();
            return TopicStorage.REPLICATION_FACTOR + " is "
                    + (given.isPresent() ? Integer.toString(given.getAsInt()) : "not given") + ", and the cluster has "
                    + brokers + (brokers == 1 ? " broker" : " brokers")
                    + "; set it to at most that, or start more brokers (Kafka: " + cause.getMessage() + ")";
        }
        if (cause instanceof InvalidTopicException) {
            return cause.getMessage() + "; delete the topic that is in the way, or use another cluster";
        }
        return cause.getMessage() + " (topics.properties has what the configuration adds)";
    }

    /** A topic is created before every broker knows it. */
    private void awaitVisible(Set<String> names) {
        long deadline = System.nanoTime() + PROPAGATION.toNanos();
        while (!names().containsAll(names) && System.nanoTime() < deadline) {
            LockSupport.parkNanos(PROPAGATION_POLL.toNanos());
        }
    }

    /**
     * Compares topics with the catalogue, in their order.
     *
     * @throws KafkaException if the cluster cannot be asked
     */
    public List<TopicState> states(Collection<Topic<?, ?>> topics) {
        Set<String> existing = names();
        List<String> present =
                topics.stream().map(Topic::name).filter(existing::contains).toList();
        Map<String, TopicDescription> descriptions =
                KafkaFutures.get(admin.describeTopics(present).allTopicNames());
        Map<ConfigResource, Config> configs = KafkaFutures.get(admin.describeConfigs(
                        present.stream().map(TopicProvisioning::resource).toList())
                .all());
        List<TopicState> states = new ArrayList<>();
        for (Topic<?, ?> topic : topics) {
            states.add(
                    descriptions.containsKey(topic.name())
                            ? state(topic, descriptions.get(topic.name()), configs.get(resource(topic.name())))
                            : TopicState.missing(topic));
        }
        return states;
    }

    /** The names of all topics of the cluster, also of those that are not waltally's. */
    public Set<String> names() {
        return KafkaFutures.get(admin.listTopics().names());
    }

    /** The number of partitions of existing topics, by name. */
    public Map<String, Integer> partitions(Collection<String> topics) {
        Map<String, Integer> partitions = new HashMap<>();
        KafkaFutures.get(admin.describeTopics(topics).allTopicNames())
                .forEach((name, description) ->
                        partitions.put(name, description.partitions().size()));
        return partitions;
    }

    private static TopicState state(Topic<?, ?> topic, TopicDescription description, Config config) {
        int replicas = description.partitions().stream()
                .mapToInt(partition -> partition.replicas().size())
                .min()
                .orElse(0);
        Map<String, String> values = new HashMap<>();
        config.entries().stream()
                .filter(entry -> entry.value() != null)
                .forEach(entry -> values.put(entry.name(), entry.value()));
        return TopicState.of(topic, description.partitions().size(), replicas, values);
    }

    /**
     * Changes what a broker can change in place, the properties of each topic together, and waits until the brokers show
     * the changes.
     *
     * @return why the cluster did not alter a topic, by its name
     * @throws KafkaException if the cluster does not answer
     */
    public Map<String, String> alter(Collection<TopicAlteration> alterations) {
        Map<String, TopicAlteration> changed = new TreeMap<>();
        alterations.stream()
                .filter(alteration -> !alteration.changes().isEmpty())
                .forEach(alteration -> changed.put(alteration.state().topic().name(), alteration));
        Map<ConfigResource, Collection<AlterConfigOp>> requests = new HashMap<>();
        changed.forEach((name, alteration) -> requests.put(
                resource(name),
                alteration.changes().stream().map(TopicProvisioning::operation).toList()));
        Map<String, String> refused = new TreeMap<>();
        admin.incrementalAlterConfigs(requests).values().forEach((resource, altered) -> {
            try {
                KafkaFutures.get(altered);
            } catch (TimeoutException e) {
                throw e;
            } catch (TopicAuthorizationException e) {
                refused.put(
                        resource.name(),
                        "Kafka does not allow this account AlterConfigs; docs/security.md has the ACLs");
            } catch (ApiException e) {
                refused.put(resource.name(), e.getMessage());
            }
        });
        changed.keySet().removeAll(refused.keySet());
        awaitAltered(changed.values().stream()
                .<Topic<?, ?>>map(alteration -> alteration.state().topic())
                .toList());
        return refused;
    }

    /** A property is changed before every broker shows it. */
    private void awaitAltered(Collection<Topic<?, ?>> topics) {
        long deadline = System.nanoTime() + PROPAGATION.toNanos();
        while (states(topics).stream()
                        .anyMatch(state -> !TopicAlteration.of(state).changes().isEmpty())
                && System.nanoTime() < deadline) {
            LockSupport.parkNanos(PROPAGATION_POLL.toNanos());
        }
    }

    private static AlterConfigOp operation(PropertyState change) {
        return new AlterConfigOp(
                new ConfigEntry(change.name(), change.wanted().orElseThrow()), AlterConfigOp.OpType.SET);
    }

    private static ConfigResource resource(String topic) {
        return new ConfigResource(ConfigResource.Type.TOPIC, topic);
    }
}

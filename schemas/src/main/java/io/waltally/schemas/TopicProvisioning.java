package io.waltally.schemas;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

/** Creates the topics of the catalogue, and verifies existing ones. Never changes an existing topic. */
public final class TopicProvisioning {
    private static final Duration PROPAGATION = Duration.ofSeconds(30);
    private static final Duration PROPAGATION_POLL = Duration.ofMillis(50);

    private final Admin admin;

    public TopicProvisioning(Admin admin) {
        this.admin = admin;
    }

    /**
     * Creates missing topics with the broker's default replication factor.
     *
     * @return the names of created topics
     * @throws TopicContradictionException if an existing topic contradicts the catalogue
     * @throws KafkaException if the cluster cannot be asked
     */
    public Set<String> create(Collection<Topic<?, ?>> topics) {
        Set<String> existing = await(admin.listTopics().names());
        Map<String, Topic<?, ?>> missing = topics.stream()
                .filter(topic -> !existing.contains(topic.name()))
                .collect(Collectors.toMap(Topic::name, Function.identity()));
        admin.createTopics(missing.values().stream()
                        .map(topic -> new NewTopic(topic.name(), Optional.of(topic.partitions()), Optional.empty())
                                .configs(config(topic)))
                        .toList())
                .values()
                .forEach((name, created) -> {
                    try {
                        await(created);
                    } catch (TopicExistsException e) {
                        // Another instance created it first; it is verified below.
                        missing.remove(name);
                    }
                });
        awaitVisible(topics.stream().map(Topic::name).collect(Collectors.toSet()));
        List<String> contradictions = contradictions(topics);
        if (!contradictions.isEmpty()) {
            throw new TopicContradictionException(contradictions);
        }
        return Set.copyOf(missing.keySet());
    }

    /** A topic is created before every broker knows it. */
    private void awaitVisible(Set<String> names) {
        long deadline = System.nanoTime() + PROPAGATION.toNanos();
        while (!await(admin.listTopics().names()).containsAll(names) && System.nanoTime() < deadline) {
            LockSupport.parkNanos(PROPAGATION_POLL.toNanos());
        }
    }

    /** The contradictions of the existing topics, a line each; empty if all topics exist and match the catalogue. */
    public List<String> contradictions(Collection<Topic<?, ?>> topics) {
        Set<String> existing = await(admin.listTopics().names());
        List<String> found = new ArrayList<>();
        List<Topic<?, ?>> present = new ArrayList<>();
        for (Topic<?, ?> topic : topics) {
            if (existing.contains(topic.name())) {
                present.add(topic);
            } else {
                found.add("topic " + topic.name() + " does not exist");
            }
        }
        Map<String, TopicDescription> descriptions = await(
                admin.describeTopics(present.stream().map(Topic::name).toList()).allTopicNames());
        Map<ConfigResource, Config> configs = await(admin.describeConfigs(
                        present.stream().map(TopicProvisioning::resource).toList())
                .all());
        for (Topic<?, ?> topic : present) {
            int partitions = descriptions.get(topic.name()).partitions().size();
            if (partitions != topic.partitions()) {
                found.add("topic " + topic.name() + " has " + partitions + " partitions, configured are "
                        + topic.partitions() + " (set topics.partitions, or delete the topic)");
            }
            config(topic).forEach((key, wanted) -> {
                String value = configs.get(resource(topic)).get(key).value();
                if (!wanted.equals(value)) {
                    found.add("topic " + topic.name() + " has " + key + "=" + value + ", configured is " + wanted);
                }
            });
        }
        return found;
    }

    private static Map<String, String> config(Topic<?, ?> topic) {
        Map<String, String> config = new HashMap<>(topic.cleanup().config());
        config.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(Topic.MAX_MESSAGE_BYTES));
        return config;
    }

    private static ConfigResource resource(Topic<?, ?> topic) {
        return new ConfigResource(ConfigResource.Type.TOPIC, topic.name());
    }

    private static <T> T await(KafkaFuture<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted while waiting for the cluster", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new KafkaException(e.getCause());
        }
    }
}

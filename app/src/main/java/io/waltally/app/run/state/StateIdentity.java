package io.waltally.app.run.state;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The cluster, settings, topics and stores that local state was built from.
 *
 * @param topics ids by name, of changelogs, repartition topics, inputs and outputs
 * @param stores names of the state stores that are in the changelogs
 */
record StateIdentity(
        @JsonProperty("cluster") String cluster,
        @JsonProperty("application") String application,
        @JsonProperty("payload-length") String payloadLength,
        @JsonProperty("topics") Map<String, String> topics,
        @JsonProperty("stores") Set<String> stores) {
    StateIdentity(
            String cluster,
            String application,
            String payloadLength,
            Map<String, String> topics,
            @Nullable Set<String> stores) {
        this.cluster = cluster;
        this.application = application;
        this.payloadLength = payloadLength;
        this.topics = new TreeMap<>(topics);
        this.stores = stores == null ? Set.of() : new TreeSet<>(stores);
    }

    /** The identity without topics that are no longer in use, such as changelogs of an earlier version's stores. */
    StateIdentity only(Set<String> used) {
        Map<String, String> left = new TreeMap<>(topics);
        left.keySet().retainAll(used);
        return new StateIdentity(cluster, application, payloadLength, left, stores);
    }

    /** Describes the difference; empty if state of this identity may be used with the other one. */
    Optional<String> difference(StateIdentity other) {
        if (!cluster.equals(other.cluster)) {
            return Optional.of("it belongs to Kafka cluster " + cluster + ", not " + other.cluster);
        }
        if (!application.equals(other.application)) {
            return Optional.of("it belongs to application " + application + ", not " + other.application);
        }
        return topics.entrySet().stream()
                .filter(topic -> !topic.getValue().equals(other.topics.get(topic.getKey())))
                .map(topic -> "topic " + topic.getKey()
                        + (other.topics.containsKey(topic.getKey())
                                ? " was deleted and created again"
                                : " does not exist any more"))
                .findFirst();
    }
}

package io.waltally.schemas.topic;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A topic of the catalogue as the cluster has it.
 *
 * @param properties partitions and replication factor first; empty if the topic does not exist
 */
public record TopicState(Topic<?, ?> topic, List<PropertyState> properties) {
    public TopicState {
        properties = List.copyOf(properties);
    }

    static TopicState missing(Topic<?, ?> topic) {
        return new TopicState(topic, List.of());
    }

    /**
     * Compares an existing topic with the catalogue.
     *
     * @param replicas of the partition with the fewest
     * @param config values by name; without what the broker does not know
     */
    static TopicState of(Topic<?, ?> topic, int partitions, int replicas, Map<String, String> config) {
        List<PropertyState> properties = new ArrayList<>();
        properties.add(state(
                new TopicProperty(
                        PropertyState.PARTITIONS, Integer.toString(topic.partitions()), PropertyTolerance.EXACT, true),
                Optional.of(Integer.toString(partitions))));
        Optional<String> actualReplicas = Optional.of(Integer.toString(replicas));
        if (topic.storage().replicationFactor().isPresent()) {
            String wanted = Integer.toString(topic.storage().replicationFactor().getAsInt());
            properties.add(state(
                    new TopicProperty(PropertyState.REPLICATION_FACTOR, wanted, PropertyTolerance.ANY, true),
                    actualReplicas));
        } else {
            properties.add(new PropertyState(
                    PropertyState.REPLICATION_FACTOR, Optional.empty(), actualReplicas, DeviationSeverity.NONE));
        }
        TopicProperty.of(topic)
                .forEach(property -> properties.add(state(property, Optional.ofNullable(config.get(property.name())))));
        return new TopicState(topic, properties);
    }

    /** A property that the broker does not know has no value that could differ. */
    private static PropertyState state(TopicProperty property, Optional<String> actual) {
        DeviationSeverity deviation = actual.filter(value -> !value.equals(property.wanted()))
                .map(value -> property.tolerance().accepts(property.wanted(), value)
                        ? DeviationSeverity.HARMLESS
                        : DeviationSeverity.BREAKING)
                .orElse(DeviationSeverity.NONE);
        return new PropertyState(property.name(), Optional.of(property.wanted()), actual, deviation);
    }

    public boolean exists() {
        return !properties.isEmpty();
    }

    /** The property of that name; empty if the topic does not exist, or should not have one. */
    public Optional<PropertyState> property(String name) {
        return properties.stream().filter(state -> state.name().equals(name)).findFirst();
    }

    /** The properties with that deviation. */
    public List<PropertyState> differing(DeviationSeverity deviation) {
        return properties.stream()
                .filter(state -> state.deviation() == deviation)
                .toList();
    }

    /** The properties that are not as wanted. */
    public List<PropertyState> differences() {
        return properties.stream()
                .filter(state -> state.deviation() != DeviationSeverity.NONE)
                .toList();
    }

    /** Whether the topic is missing, or differs so that a guarantee breaks. */
    public boolean contradicts() {
        return !exists() || !differing(DeviationSeverity.BREAKING).isEmpty();
    }
}

package io.waltally.schemas.topic;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.config.TopicConfig;

/**
 * The changes that align an existing topic with the configuration.
 *
 * @param changes properties that a broker can change in place
 * @param obstacles properties that need something else
 */
public record TopicAlteration(TopicState state, List<PropertyState> changes, List<Obstacle> obstacles) {
    /** A property that cannot be changed in place, why, and what to do instead. */
    public record Obstacle(PropertyState property, String reason) {}

    public TopicAlteration {
        changes = List.copyOf(changes);
        obstacles = List.copyOf(obstacles);
    }

    public static TopicAlteration of(TopicState state) {
        List<PropertyState> changes = new ArrayList<>();
        List<Obstacle> obstacles = new ArrayList<>();
        for (PropertyState property : state.differences()) {
            Optional<String> obstacle = obstacle(state, property);
            obstacle.ifPresentOrElse(
                    reason -> obstacles.add(new Obstacle(property, reason)), () -> changes.add(property));
        }
        return new TopicAlteration(state, changes, obstacles);
    }

    /** The data that a change destroys; empty if it destroys nothing. */
    public static Optional<String> loss(PropertyState change) {
        if (change.deviation() != DeviationSeverity.HARMLESS) {
            return Optional.empty();
        }
        return switch (change.name()) {
            case TopicConfig.RETENTION_MS_CONFIG ->
                Optional.of("records older than " + change.wantedText() + " are deleted");
            case TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG ->
                Optional.of("of changes older than " + change.wantedText() + " only the last of each row remains");
            case TopicConfig.MAX_MESSAGE_BYTES_CONFIG ->
                Optional.of("records of more than " + change.wantedText() + " bytes are refused");
            default -> Optional.empty();
        };
    }

    private static Optional<String> obstacle(TopicState state, PropertyState property) {
        return switch (property.name()) {
            case PropertyState.PARTITIONS -> Optional.of(partitions(state, property));
            case PropertyState.REPLICATION_FACTOR ->
                Optional.of("moves data between brokers: 'kafka-reassign-partitions.sh --execute' with "
                        + property.wantedText() + " replicas for each partition, then again with --verify");
            case TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG -> tooFewReplicas(state, property);
            default -> Optional.empty();
        };
    }

    private static String partitions(TopicState state, PropertyState property) {
        String topic = state.topic().name();
        return TopicCatalogue.hasConfiguredPartitions(topic)
                ? "decides where the records of a row are, so that its later ones would be elsewhere; set"
                        + " topics.partitions to " + property.actualText()
                        + ", or make all topics anew as docs/tallies.md says"
                : "decides where the records of a key are; stop all instances and delete " + topic
                        + ", which 'waltally topics create' then makes again. This loses "
                        + TopicCatalogue.lossOf(topic);
    }

    private static Optional<String> tooFewReplicas(TopicState state, PropertyState property) {
        int replicas = state.property(PropertyState.REPLICATION_FACTOR)
                .flatMap(PropertyState::actual)
                .map(Integer::parseInt)
                .orElse(0);
        int wanted = property.wanted().map(Integer::parseInt).orElse(0);
        return wanted > replicas
                ? Optional.of("would stop all writes, for there are fewer replicas (" + replicas
                        + "); raise the replication factor first, and repeat this command")
                : Optional.empty();
    }
}

package io.waltally.sinks.engine;

import io.waltally.schemas.KafkaFutures;
import io.waltally.schemas.control.SinkControl;
import io.waltally.sinks.target.ResetRequest;
import io.waltally.sinks.target.StartOffsets;
import io.waltally.sinks.target.WriterClaim;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;

/** The cluster and the topics that a sink reads. */
final class ReadTopics implements AutoCloseable {
    private final Admin admin;

    ReadTopics(Map<String, Object> client) {
        admin = Admin.create(client);
    }

    /**
     * A claim of partitions of these topics and no others: positions of others mean nothing here.
     *
     * @param written topics whose records the sink writes
     * @param first see {@link StartOffsets}
     * @param afterReset see {@link StartOffsets}
     */
    WriterClaim claim(
            Collection<TopicPartition> partitions,
            SinkControl control,
            Set<String> written,
            Map<TopicPartition, Long> first,
            Map<TopicPartition, Long> afterReset) {
        Set<String> names = names(partitions);
        names.addAll(written);
        Map<String, TopicDescription> described =
                KafkaFutures.get(admin.describeTopics(names).allTopicNames());
        Map<TopicPartition, Uuid> ids = new HashMap<>();
        partitions.forEach(
                partition -> ids.put(partition, described.get(partition.topic()).topicId()));
        return new WriterClaim(
                KafkaFutures.get(admin.describeCluster().clusterId()),
                ids,
                reset(control),
                written,
                new StartOffsets(starts(first, described), starts(afterReset, described)));
    }

    private static Map<TopicPartition, StartOffsets.Start> starts(
            Map<TopicPartition, Long> offsets, Map<String, TopicDescription> described) {
        Map<TopicPartition, StartOffsets.Start> starts = new HashMap<>();
        offsets.forEach((partition, next) -> starts.put(
                partition,
                new StartOffsets.Start(described.get(partition.topic()).topicId(), next)));
        return starts;
    }

    private static Optional<ResetRequest> reset(SinkControl control) {
        return control.getResetId().isEmpty()
                ? Optional.empty()
                : Optional.of(new ResetRequest(
                        control.getResetId(),
                        control.getResetAt() == null ? control.getChangedAt() : control.getResetAt()));
    }

    /** For how long at least a deletion stays in each topic that is compacted. */
    Map<String, Duration> deletionsKept(Collection<TopicPartition> partitions) {
        return compacted(
                partitions,
                config -> millis(config, TopicConfig.DELETE_RETENTION_MS_CONFIG)
                        .plus(millis(config, TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG)));
    }

    /** For how long at least each topic that is compacted has every record. */
    Map<String, Duration> completeHistory(Collection<TopicPartition> partitions) {
        return compacted(partitions, config -> millis(config, TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG));
    }

    private Map<String, Duration> compacted(
            Collection<TopicPartition> partitions, Function<Config, Duration> property) {
        Map<String, Duration> durations = new HashMap<>();
        KafkaFutures.get(admin.describeConfigs(names(partitions).stream()
                                .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
                                .toList())
                        .all())
                .forEach((topic, config) -> {
                    if (value(config, TopicConfig.CLEANUP_POLICY_CONFIG).contains(TopicConfig.CLEANUP_POLICY_COMPACT)) {
                        durations.put(topic.name(), property.apply(config));
                    }
                });
        return durations;
    }

    private static Set<String> names(Collection<TopicPartition> partitions) {
        return partitions.stream().map(TopicPartition::topic).collect(Collectors.toCollection(HashSet::new));
    }

    private static String value(Config config, String name) {
        return config.get(name).value();
    }

    private static Duration millis(Config config, String name) {
        return Duration.ofMillis(Long.parseLong(value(config, name)));
    }

    @Override
    public void close() {
        admin.close();
    }
}

package io.waltally.sinks.engine;

import io.waltally.schemas.KafkaFutures;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/**
 * The backlog of a sink by the offsets of its consumer group, whether or not the sink runs. Markers of transactions count
 * as records until the sink has read past them.
 *
 * @param records that the group has not committed, of the partitions where it has committed any
 * @param uncommitted partitions where it has committed nothing yet
 * @param lastWritten time of the last record that was written; empty before the first
 */
public record GroupBacklog(long records, Set<TopicPartition> uncommitted, Optional<Instant> lastWritten) {
    public GroupBacklog {
        uncommitted = Set.copyOf(uncommitted);
    }

    /** @throws TimeoutException if no broker answers within the timeout */
    public static GroupBacklog read(Admin admin, String group, Collection<TopicPartition> partitions, Duration timeout)
            throws TimeoutException {
        Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>(
                KafkaFutures.get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata(), timeout));
        committed.keySet().retainAll(partitions);
        committed.values().removeIf(offset -> offset == null);
        Map<TopicPartition, Long> ends = offsets(admin, committed.keySet(), OffsetSpec.latest(), timeout);
        Set<TopicPartition> uncommitted = new HashSet<>(partitions);
        uncommitted.removeAll(committed.keySet());
        return new GroupBacklog(
                committed.entrySet().stream()
                        .mapToLong(entry -> Math.max(
                                0, ends.get(entry.getKey()) - entry.getValue().offset()))
                        .sum(),
                uncommitted,
                committed.values().stream()
                        .flatMap(offset -> lastWritten(offset).stream())
                        .max(Instant::compareTo));
    }

    /** All records of partitions. */
    static long records(Admin admin, Set<TopicPartition> partitions, Duration timeout) throws TimeoutException {
        if (partitions.isEmpty()) {
            return 0;
        }
        Map<TopicPartition, Long> beginnings = offsets(admin, partitions, OffsetSpec.earliest(), timeout);
        Map<TopicPartition, Long> ends = offsets(admin, partitions, OffsetSpec.latest(), timeout);
        return partitions.stream()
                .mapToLong(partition -> Math.max(0, ends.get(partition) - beginnings.get(partition)))
                .sum();
    }

    private static Map<TopicPartition, Long> offsets(
            Admin admin, Set<TopicPartition> partitions, OffsetSpec spec, Duration timeout) throws TimeoutException {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        partitions.forEach(partition -> asked.put(partition, spec));
        Map<TopicPartition, Long> offsets = new HashMap<>();
        for (Map.Entry<TopicPartition, ListOffsetsResultInfo> entry : KafkaFutures.get(
                        admin.listOffsets(asked, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                                .all(),
                        timeout)
                .entrySet()) {
            offsets.put(entry.getKey(), entry.getValue().offset());
        }
        return offsets;
    }

    /** An offset for the group, with the time of the last record that was written. */
    static OffsetAndMetadata offset(long next, Optional<Instant> lastWritten) {
        return new OffsetAndMetadata(next, lastWritten.map(Instant::toString).orElse(""));
    }

    private static Optional<Instant> lastWritten(OffsetAndMetadata offset) {
        if (offset.metadata().isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Instant.parse(offset.metadata()));
        } catch (DateTimeException e) {
            // Another tool has set the offset.
            return Optional.empty();
        }
    }
}

package io.waltally.iceberg.table;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.iceberg.change.ChangePosition;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.sinks.target.CompletePosition;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.iceberg.Snapshot;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * The topic offsets that a table contains, stored in the summary of each snapshot of the sink.
 *
 * @param writer number of the claim under which it was written
 * @param clusterId of the Kafka cluster
 * @param topicIds by name
 * @param resetId the last request to read the topics again; empty if there was none
 * @param next offset of the next record to be read
 * @param deletes places of deletes whose tombstones may be the next records of their partitions
 * @param confirmedAt when the positions were last advanced or confirmed, which a claim does not do
 * @param completeTo empty before whole transactions were written
 */
record SinkProgress(
        String sink,
        long writer,
        String clusterId,
        Map<String, Uuid> topicIds,
        String resetId,
        Map<TopicPartition, Long> next,
        Map<TopicPartition, ChangePosition> deletes,
        Instant confirmedAt,
        Optional<CompletePosition> completeTo) {
    private static final String SINK = "waltally.sink";
    private static final String WRITER = "waltally.writer";
    private static final String CLUSTER_ID = "waltally.cluster-id";
    private static final String TOPIC_IDS = "waltally.topic-ids";
    private static final String RESET_ID = "waltally.reset-id";
    private static final String OFFSETS = "waltally.offsets";
    private static final String DELETES = "waltally.deletes";
    private static final String CONFIRMED_AT = "waltally.confirmed-at";
    private static final String SOURCE = "waltally.source";
    private static final String EPOCH = "waltally.epoch";
    private static final String LSN = "waltally.lsn";
    private static final String COMMITTED_AT = "waltally.committed-at";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<Map<String, String>> TEXTS = new TypeReference<>() {};

    SinkProgress {
        topicIds = Map.copyOf(topicIds);
        next = Map.copyOf(next);
        deletes = Map.copyOf(deletes);
    }

    /** Whether a snapshot is one of a sink, and not of another tool. */
    static boolean isIn(Snapshot snapshot) {
        return snapshot.summary().containsKey(SINK);
    }

    /** @throws IllegalArgumentException naming the property that is missing or malformed */
    static SinkProgress from(Snapshot snapshot) {
        Map<String, String> summary = snapshot.summary();
        try {
            Optional<CompletePosition> completeTo = summary.containsKey(LSN)
                    ? Optional.of(new CompletePosition(
                            Source.of(required(summary, SOURCE)),
                            Integer.parseInt(required(summary, EPOCH)),
                            Lsn.parse(required(summary, LSN)),
                            Instant.parse(required(summary, COMMITTED_AT))))
                    : Optional.empty();
            return new SinkProgress(
                    required(summary, SINK),
                    Long.parseLong(required(summary, WRITER)),
                    required(summary, CLUSTER_ID),
                    read(summary, TOPIC_IDS, Function.identity(), Uuid::fromString),
                    required(summary, RESET_ID),
                    read(summary, OFFSETS, SinkProgress::partition, Long::valueOf),
                    read(summary, DELETES, SinkProgress::partition, ChangePosition::parse),
                    Instant.parse(required(summary, CONFIRMED_AT)),
                    completeTo);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("snapshot " + snapshot.snapshotId() + ": " + e.getMessage(), e);
        }
    }

    private static String required(Map<String, String> summary, String name) {
        String value = summary.get(name);
        if (value == null) {
            throw new IllegalArgumentException("its summary has no " + name);
        }
        return value;
    }

    private static <K, V> Map<K, V> read(
            Map<String, String> summary, String name, Function<String, K> key, Function<String, V> value) {
        try {
            return JSON.readValue(required(summary, name), TEXTS).entrySet().stream()
                    .collect(Collectors.toMap(
                            entry -> key.apply(entry.getKey()), entry -> value.apply(entry.getValue())));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(name + " in its summary is malformed", e);
        }
    }

    private static TopicPartition partition(String text) {
        int dash = text.lastIndexOf('-');
        return new TopicPartition(text.substring(0, dash), Integer.parseInt(text.substring(dash + 1)));
    }

    /** The properties of a snapshot's summary. */
    Map<String, String> summary() {
        Map<String, String> summary = new HashMap<>();
        summary.put(SINK, sink);
        summary.put(WRITER, Long.toString(writer));
        summary.put(CLUSTER_ID, clusterId);
        summary.put(TOPIC_IDS, write(topicIds));
        summary.put(RESET_ID, resetId);
        summary.put(OFFSETS, write(next));
        summary.put(DELETES, write(deletes));
        summary.put(CONFIRMED_AT, confirmedAt.toString());
        completeTo.ifPresent(position -> {
            summary.put(SOURCE, position.source().id());
            summary.put(EPOCH, Integer.toString(position.epoch()));
            summary.put(LSN, position.lsn().toString());
            summary.put(COMMITTED_AT, position.committedAt().toString());
        });
        return summary;
    }

    private static String write(Map<?, ?> map) {
        Map<String, String> texts = new TreeMap<>();
        map.forEach((key, value) -> texts.put(key.toString(), value.toString()));
        try {
            return JSON.writeValueAsString(texts);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The progress after further records. A position up to which the table was complete already stays. */
    SinkProgress advance(
            Map<TopicPartition, Long> offsets,
            Map<TopicPartition, ChangePosition> pendingDeletes,
            Instant now,
            Optional<CompletePosition> reached) {
        Map<TopicPartition, Long> all = new HashMap<>(next);
        offsets.forEach((partition, offset) -> all.merge(partition, offset, Math::max));
        return new SinkProgress(
                sink,
                writer,
                clusterId,
                topicIds,
                resetId,
                all,
                pendingDeletes,
                now,
                reached.filter(this::isAhead).or(() -> completeTo));
    }

    private boolean isAhead(CompletePosition position) {
        if (completeTo.isEmpty() || completeTo.get().epoch() < position.epoch()) {
            return true;
        }
        return completeTo.get().epoch() == position.epoch()
                && position.lsn().isAfter(completeTo.get().lsn());
    }
}

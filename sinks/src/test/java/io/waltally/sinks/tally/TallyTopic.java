package io.waltally.sinks.tally;

import io.waltally.schemas.agg.BackendKey;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.LastChange;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.serde.AvroSerdes;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicSettings;
import io.waltally.sinks.target.ResetRequest;
import io.waltally.sinks.target.TopicOffsets;
import io.waltally.sinks.target.WriterClaim;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/** Records of one partition of a topic of tallies, and a target that gets them as from the engine. */
final class TallyTopic<K, V> {
    static final TopicCatalogue TOPICS = new TopicCatalogue(TopicSettings.DEFAULTS, new AvroSerdes("mock://sinks"));

    private static final Uuid ID = Uuid.randomUuid();

    private final Topic<K, V> topic;
    private final TopicPartition partition;
    private long offset;

    TallyTopic(Topic<K, V> topic) {
        this.topic = topic;
        partition = new TopicPartition(topic.name(), 0);
    }

    ConsumerRecord<byte[], byte[]> record(K key, V value) {
        return new ConsumerRecord<>(
                topic.name(),
                0,
                offset++,
                topic.keySerde().serializer().serialize(topic.name(), key),
                topic.valueSerde().serializer().serialize(topic.name(), value));
    }

    Map<TopicPartition, Long> claim(TallyTarget<?, ?> target) {
        return claim(target, "");
    }

    Map<TopicPartition, Long> claim(TallyTarget<?, ?> target, String resetId) {
        return target.claim(new WriterClaim("cluster", Map.of(partition, ID), reset(resetId)));
    }

    private static Optional<ResetRequest> reset(String id) {
        return id.isEmpty() ? Optional.empty() : Optional.of(new ResetRequest(id, Instant.now()));
    }

    /** A transaction of the target. */
    long write(TallyTarget<?, ?> target, List<ConsumerRecord<byte[], byte[]>> records) {
        target.begin();
        try {
            long rows = target.apply(records);
            target.commit(TopicOffsets.of(
                    Map.of(partition, records.get(records.size() - 1).offset() + 1)));
            return rows;
        } catch (RuntimeException e) {
            target.rollback();
            throw e;
        }
    }

    TopicPartition partition() {
        return partition;
    }

    static ConsumerRecord<byte[], byte[]> tombstone(TallyTopic<BackendKey, BackendQuota> topic, String backend) {
        return topic.record(new BackendKey(backend), null);
    }

    static ConsumerRecord<byte[], byte[]> quota(
            TallyTopic<BackendKey, BackendQuota> topic, String backend, long used, long orphan, long lsn) {
        return quota(topic, backend, used, orphan, 1, lsn);
    }

    static ConsumerRecord<byte[], byte[]> quota(
            TallyTopic<BackendKey, BackendQuota> topic, String backend, long used, long orphan, int epoch, long lsn) {
        return topic.record(
                new BackendKey(backend),
                new BackendQuota(used, 1L, orphan, 0L, 1_000L, 0L, 0.0, change("s3", epoch, lsn), false));
    }

    static ConsumerRecord<byte[], byte[]> collection(
            TallyTopic<UserCollectionKey, UserCollection> topic,
            long user,
            int collection,
            long count,
            long bytes,
            Instant modified,
            long lsn) {
        return topic.record(
                new UserCollectionKey(user, collection),
                new UserCollection(null, count, bytes, modified, change("sync", 1, lsn), false));
    }

    private static LastChange change(String source, int epoch, long lsn) {
        return new LastChange(source, epoch, lsn, lsn, Instant.EPOCH);
    }
}

package io.waltally.app.crash;

import io.waltally.app.config.KafkaSettings;
import io.waltally.app.tally.CommittedReader;
import io.waltally.schemas.TallyHeaders;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The records of tally topics as a read_committed consumer sees them: every record must come once, in the order of its
 * number.
 */
final class CommittedSequences implements AutoCloseable {
    private final CommittedReader reader;
    private final Map<TopicPartition, Long> sequences = new HashMap<>();
    private final List<String> breaches = new ArrayList<>();
    private final Map<UserCollectionKey, List<Long>> counts = new HashMap<>();
    private long records;

    CommittedSequences(KafkaSettings kafka, TopicCatalogue topics) {
        reader = new CommittedReader(kafka);
        List.of(topics.backendQuotas(), topics.backendUsage(), topics.bucketUsage(), topics.userStorage())
                .forEach(this::follow);
        reader.from(topics.userCollections(), (key, value, record) -> {
            note(record);
            count(key, value);
        });
    }

    private <K, V> void follow(Topic<K, V> topic) {
        reader.from(topic, (key, value, record) -> note(record));
    }

    private void note(ConsumerRecord<byte[], byte[]> record) {
        records++;
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        long expected = sequences.getOrDefault(partition, 0L) + 1;
        long sequence = TallyHeaders.sequence(record.headers()).orElse(-1);
        if (sequence != expected) {
            breaches.add(partition + " has " + sequence + " at offset " + record.offset() + " instead of " + expected);
        }
        sequences.put(partition, sequence);
    }

    private void count(UserCollectionKey key, UserCollection value) {
        counts.computeIfAbsent(key, added -> new ArrayList<>()).add(value == null ? -1 : value.getCount());
    }

    void poll(Duration time) {
        reader.poll(time);
    }

    /** Reads everything that is committed by now. */
    void readToEnd() {
        reader.readToEnd();
    }

    /** How many there were so far. */
    long records() {
        return records;
    }

    /** What was lost, repeated or out of order. */
    List<String> breaches() {
        return breaches;
    }

    /** The counts of that collection, as they followed each other. */
    List<Long> countsOf(UserCollectionKey collection) {
        return counts.getOrDefault(collection, List.of());
    }

    @Override
    public void close() {
        reader.close();
    }
}

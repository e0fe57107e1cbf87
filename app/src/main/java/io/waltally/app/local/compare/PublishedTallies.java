package io.waltally.app.local.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.app.config.KafkaSettings;
import io.waltally.app.tally.CommittedReader;
import io.waltally.schemas.TallyHeaders;
import io.waltally.schemas.agg.BackendKey;
import io.waltally.schemas.agg.BackendPeriodKey;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.BackendUsage;
import io.waltally.schemas.agg.BucketKey;
import io.waltally.schemas.agg.BucketUsage;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.agg.UserKey;
import io.waltally.schemas.agg.UserStorage;
import io.waltally.schemas.control.Applied;
import io.waltally.schemas.control.AppliedKey;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;

/**
 * The last value of every tally, and all notifications, read from their topics by a consumer that uses only topics and
 * registry.
 */
public record PublishedTallies(
        Map<BackendKey, BackendQuota> backends,
        Map<BackendPeriodKey, BackendUsage> usage,
        Map<BucketKey, BucketUsage> buckets,
        Map<UserCollectionKey, UserCollection> collections,
        Map<UserKey, UserStorage> storage,
        List<Event> notifications) {
    /** The fields of a notification that identify it. */
    public record Event(String id, String type) {
        private static final ObjectMapper JSON = new ObjectMapper();

        /** @param cloudEvent in structured JSON */
        public static Event of(byte[] cloudEvent) {
            try {
                JsonNode event = JSON.readTree(cloudEvent);
                return new Event(event.path("id").asText(), event.path("type").asText());
            } catch (IOException e) {
                throw new UncheckedIOException("a notification is not JSON", e);
            }
        }
    }

    public static PublishedTallies read(KafkaSettings kafka, TopicCatalogue topics) {
        PublishedTallies tallies = readTallies(kafka, topics);
        try (CommittedReader reader = new CommittedReader(kafka)) {
            reader.from(topics.notifications(), (key, value, record) -> tallies.notifications.add(Event.of(value)))
                    .readToEnd();
        }
        return tallies;
    }

    /** Without notifications, which may be too many for memory. */
    public static PublishedTallies readTallies(KafkaSettings kafka, TopicCatalogue topics) {
        PublishedTallies tallies = new PublishedTallies(
                new HashMap<>(), new HashMap<>(), new HashMap<>(), new HashMap<>(), new HashMap<>(), new ArrayList<>());
        Map<AppliedKey, Applied> applied = new HashMap<>();
        Map<TopicPartition, Long> sequences = new HashMap<>();
        try (CommittedReader reader = new CommittedReader(kafka)) {
            follow(reader, topics.backendQuotas(), tallies.backends, sequences);
            follow(reader, topics.backendUsage(), tallies.usage, sequences);
            follow(reader, topics.bucketUsage(), tallies.buckets, sequences);
            follow(reader, topics.userCollections(), tallies.collections, sequences);
            follow(reader, topics.userStorage(), tallies.storage, sequences);
            reader.from(topics.applied(), (key, value, record) -> last(applied, key, value))
                    .readToEnd();
            // The end of a transaction becomes visible in one topic before another.
            while (!applied.entrySet().stream().allMatch(entry -> reached(sequences, entry))) {
                reader.poll(Duration.ofMillis(10));
            }
        }
        return tallies;
    }

    public Map<String, Long> notificationsByType() {
        return notifications.stream().collect(Collectors.groupingBy(Event::type, TreeMap::new, Collectors.counting()));
    }

    private static <K, V> void follow(
            CommittedReader reader, Topic<K, V> topic, Map<K, V> values, Map<TopicPartition, Long> sequences) {
        reader.from(topic, (key, value, record) -> {
            last(values, key, value);
            TallyHeaders.sequence(record.headers())
                    .ifPresent(sequence ->
                            sequences.put(new TopicPartition(record.topic(), record.partition()), sequence));
        });
    }

    private static boolean reached(Map<TopicPartition, Long> sequences, Map.Entry<AppliedKey, Applied> applied) {
        int partition = applied.getKey().getPartition();
        return applied.getValue().getSequences().entrySet().stream()
                .allMatch(topic ->
                        sequences.getOrDefault(new TopicPartition(topic.getKey(), partition), 0L) >= topic.getValue());
    }

    private static <K, V> void last(Map<K, V> values, K key, V value) {
        if (value == null) {
            values.remove(key);
        } else {
            values.put(key, value);
        }
    }
}

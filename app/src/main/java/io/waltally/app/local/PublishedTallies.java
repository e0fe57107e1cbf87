package io.waltally.app.local;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.app.config.KafkaSettings;
import io.waltally.app.tally.CommittedReader;
import io.waltally.schemas.TopicCatalogue;
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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** Every tally as its topic has it last, and the notifications by type, read from beginning to end by a consumer that knows only topics and registry. */
record PublishedTallies(
        Map<BackendKey, BackendQuota> backends,
        Map<BackendPeriodKey, BackendUsage> usage,
        Map<BucketKey, BucketUsage> buckets,
        Map<UserCollectionKey, UserCollection> collections,
        Map<UserKey, UserStorage> storage,
        Map<String, Long> notifications) {
    private static final ObjectMapper JSON = new ObjectMapper();

    static PublishedTallies read(KafkaSettings kafka, TopicCatalogue topics) {
        PublishedTallies tallies = new PublishedTallies(
                new HashMap<>(), new HashMap<>(), new HashMap<>(), new HashMap<>(), new HashMap<>(), new TreeMap<>());
        try (CommittedReader reader = new CommittedReader(kafka)) {
            reader.from(topics.backendQuotas(), (key, value, record) -> last(tallies.backends, key, value))
                    .from(topics.backendUsage(), (key, value, record) -> last(tallies.usage, key, value))
                    .from(topics.bucketUsage(), (key, value, record) -> last(tallies.buckets, key, value))
                    .from(topics.userCollections(), (key, value, record) -> last(tallies.collections, key, value))
                    .from(topics.userStorage(), (key, value, record) -> last(tallies.storage, key, value))
                    .from(
                            topics.notifications(),
                            (key, value, record) -> tallies.notifications.merge(type(value), 1L, Long::sum))
                    .readToEnd();
        }
        return tallies;
    }

    private static String type(byte[] event) {
        try {
            return JSON.readTree(event).path("type").asText();
        } catch (IOException e) {
            throw new UncheckedIOException("a notification is not JSON", e);
        }
    }

    private static <K, V> void last(Map<K, V> values, K key, V value) {
        if (value == null) {
            values.remove(key);
        } else {
            values.put(key, value);
        }
    }
}

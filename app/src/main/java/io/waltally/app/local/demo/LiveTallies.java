package io.waltally.app.local.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.app.config.KafkaSettings;
import io.waltally.app.local.Latencies;
import io.waltally.app.tally.BackgroundReading;
import io.waltally.app.tally.CommittedReader;
import io.waltally.schemas.agg.BackendKey;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.LastChange;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.topic.TopicCatalogue;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.avro.generic.IndexedRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Consumes the {@code agg} and {@code outbox} topics while the demo runs, and measures latencies. */
final class LiveTallies implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LiveTallies.class);

    private static final int NOTIFICATIONS_KEPT = 8;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final NavigableMap<String, BackendQuota> backends = new TreeMap<>();
    private final Map<UserCollectionKey, UserCollection> collections = new HashMap<>();
    private final Map<Integer, CollectionActivity> activity = new HashMap<>();
    private final Map<List<Object>, Long> newestLsn = new HashMap<>();
    private final Deque<Notification> notifications = new ArrayDeque<>();
    private final Map<String, Long> notificationsByType = new TreeMap<>();
    private final Latencies latencies = new Latencies();
    private Latencies recent = new Latencies();
    private long values;

    private final BackgroundReading reading;

    /** The shown fields of a CloudEvent. */
    record Notification(Instant time, String type, String subject, String detail) {}

    /** The collections of all users with one id. */
    static final class CollectionActivity {
        private String name = "";
        private long records;
        private long bytes;
        private long changes;

        String name() {
            return name;
        }

        long records() {
            return records;
        }

        long bytes() {
            return bytes;
        }

        long changes() {
            return changes;
        }

        private CollectionActivity copy() {
            CollectionActivity copy = new CollectionActivity();
            copy.name = name;
            copy.records = records;
            copy.bytes = bytes;
            copy.changes = changes;
            return copy;
        }
    }

    LiveTallies(KafkaSettings kafka, TopicCatalogue topics) {
        reading = new BackgroundReading(
                "live-tallies",
                new CommittedReader(kafka)
                        .from(topics.backendQuotas(), (key, value, record) -> backend(key, value))
                        .from(topics.userCollections(), (key, value, record) -> collection(key, value))
                        .from(
                                topics.backendUsage(),
                                (key, value, record) ->
                                        measure("usage", key, value == null ? null : value.getLastChange()))
                        .from(
                                topics.bucketUsage(),
                                (key, value, record) ->
                                        measure("bucket", key, value == null ? null : value.getLastChange()))
                        .from(
                                topics.userStorage(),
                                (key, value, record) ->
                                        measure("user", key, value == null ? null : value.getLastChange()))
                        .from(topics.notifications(), (key, value, record) -> notification(value)));
    }

    private synchronized void backend(BackendKey key, BackendQuota value) {
        if (value == null) {
            backends.remove(key.getBackendName());
            return;
        }
        backends.put(key.getBackendName(), value);
        measure("backend", key, value.getLastChange());
    }

    private synchronized void collection(UserCollectionKey key, UserCollection value) {
        UserCollection before = value == null ? collections.remove(key) : collections.put(key, value);
        CollectionActivity all = activity.computeIfAbsent(key.getCollectionId(), id -> new CollectionActivity());
        all.changes++;
        if (before != null) {
            all.records -= before.getCount();
            all.bytes -= before.getTotalBytes();
        }
        if (value != null) {
            all.records += value.getCount();
            all.bytes += value.getTotalBytes();
            all.name = value.getCollection() == null ? "#" + key.getCollectionId() : value.getCollection();
            measure("collection", key, value.getLastChange());
        }
    }

    /** Measures only changes newer than the last one: an expiry updates a tally long after its last change. */
    private synchronized void measure(String kind, IndexedRecord key, LastChange change) {
        if (change == null) {
            return;
        }
        values++;
        Long before = newestLsn.put(List.of(kind, key), change.getLsn());
        if (before != null && before >= change.getLsn()) {
            return;
        }
        long millis = System.currentTimeMillis() - change.getCommittedAt().toEpochMilli();
        latencies.record(millis);
        recent.record(millis);
    }

    private synchronized void notification(byte[] value) {
        try {
            JsonNode event = JSON.readTree(value);
            String type = event.path("type").asText();
            notificationsByType.merge(type, 1L, Long::sum);
            notifications.addFirst(new Notification(
                    Instant.parse(event.path("time").asText()),
                    type,
                    event.path("subject").asText(),
                    detail(event)));
            if (notifications.size() > NOTIFICATIONS_KEPT) {
                notifications.removeLast();
            }
        } catch (IOException e) {
            LOG.warn("a notification is not JSON: {}", e.getMessage());
        }
    }

    private static String detail(JsonNode event) {
        JsonNode data = event.path("data");
        return data.path("bucket").asText(data.path("backend").asText(""));
    }

    synchronized NavigableMap<String, BackendQuota> backends() {
        return new TreeMap<>(backends);
    }

    /** The most changed ones first. */
    synchronized List<CollectionActivity> collections() {
        List<CollectionActivity> all = new ArrayList<>();
        activity.values().forEach(one -> all.add(one.copy()));
        all.sort(Comparator.comparingLong(CollectionActivity::changes).reversed());
        return all;
    }

    /** The latest ones first. */
    synchronized List<Notification> notifications() {
        return List.copyOf(notifications);
    }

    synchronized Map<String, Long> notificationsByType() {
        return new TreeMap<>(notificationsByType);
    }

    /** The latencies of the whole run. */
    Latencies latencies() {
        return latencies;
    }

    /** The latencies since the previous call. */
    synchronized Latencies recentLatencies() {
        Latencies since = recent;
        recent = new Latencies();
        return since;
    }

    /** Number of tallies received so far. */
    synchronized long values() {
        return values;
    }

    @Override
    public void close() {
        reading.close();
    }
}

package io.waltally.app.live;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.waltally.app.config.KafkaSettings;
import io.waltally.app.http.route.tally.UserRoutes;
import io.waltally.app.http.stream.EventLog;
import io.waltally.app.tally.AvroJson;
import io.waltally.app.tally.CommittedReader;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.agg.UserKey;
import io.waltally.schemas.agg.UserStorage;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;

/**
 * Finds the users and collections whose tallies have changed, at the ends of their topics: an instance has only a share
 * of the users. If more changes wait than it reads at once, it skips them.
 */
final class UserChanges implements AutoCloseable {
    static final Set<String> TYPES = Set.of("users", "user-collections");

    private static final Duration POLL = Duration.ofMillis(5);
    private static final int MAX_POLLED = 400;

    /** The limit for each type in an event, which is the size of a page of the list of users. */
    private static final int MAX_PER_EVENT = 100;

    /** While changes are skipped: a sample, and seldom, because each client gets it. */
    private static final int MAX_SAMPLED = 20;

    private static final int FETCHED = 1 << 15;

    private static final Duration SAMPLE_INTERVAL = Duration.ofSeconds(1);

    private final CommittedReader reader;
    private final Topic<UserKey, UserStorage> storage;
    private final Topic<UserCollectionKey, UserCollection> collections;
    private final LatestChanges<UserKey, UserStorage> changedUsers = new LatestChanges<>(
            "users", UserRoutes::user, user -> JsonNodeFactory.instance.numberNode(user.getUserId()));
    private final LatestChanges<UserCollectionKey, UserCollection> changedCollections =
            new LatestChanges<>("user-collections", UserRoutes::collection, AvroJson::object);
    private long due = System.nanoTime();
    private boolean begun;

    UserChanges(KafkaSettings kafka, TopicCatalogue topics) {
        storage = topics.userStorage();
        collections = topics.userCollections();
        reader = new CommittedReader(
                        kafka,
                        Map.of(
                                ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                                MAX_POLLED,
                                ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                                FETCHED))
                .tail(storage, (key, tally, record) -> changedUsers.add(key, Optional.ofNullable(tally)))
                .tail(collections, (key, tally, record) -> changedCollections.add(key, Optional.ofNullable(tally)));
    }

    void changes(EventLog log) {
        long now = System.nanoTime();
        if (now - due < 0) {
            return;
        }
        if (!begun) {
            // Finds the ends now. Polling alone would find them later, and changes in between would be missed.
            reader.ends().keySet().forEach(reader::position);
            begun = true;
        }
        reader.poll(POLL);
        long leftOut = addEvent(log, changedUsers, storage) + addEvent(log, changedCollections, collections);
        if (leftOut > 0) {
            due = now + SAMPLE_INTERVAL.toNanos();
        }
    }

    private long addEvent(EventLog log, LatestChanges<?, ?> changes, Topic<?, ?> topic) {
        long skipped = reader.skipBacklog(topic, MAX_POLLED);
        return changes.addEvent(log, skipped > 0 ? MAX_SAMPLED : MAX_PER_EVENT, skipped);
    }

    @Override
    public void close() {
        reader.close();
    }
}

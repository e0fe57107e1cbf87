package io.waltally.pipeline.collection;

import io.waltally.pipeline.fold.Amounts;
import io.waltally.pipeline.fold.Commit;
import io.waltally.pipeline.fold.LastJudged;
import io.waltally.pipeline.fold.Measure;
import io.waltally.pipeline.fold.Movement;
import io.waltally.pipeline.fold.Settlement;
import io.waltally.pipeline.fold.Tally;
import io.waltally.pipeline.rows.CollectionId;
import io.waltally.pipeline.state.Batches;
import io.waltally.pipeline.state.BinarySerde;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.agg.UserKey;
import io.waltally.schemas.agg.UserStorage;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Settles collections at the end of each transaction and forwards those whose shown values changed, then what that means
 * for their users, each once; of a transaction that was not read before also what it made of their occupancy. Names are looked up in a table that is read beside the transactions: a collection that was
 * forwarded without its name is forwarded again when the name is there.
 */
final class SettleCollections implements Processor<CollectionId, Movement, Object, Object> {
    private final long quotaBytes;
    private final Duration nameInterval;

    private ProcessorContext<Object, Object> context;
    private Settlement<CollectionId> collections;
    private KeyValueStore<Long, Tally> users;
    private KeyValueStore<Unnamed, byte[]> unnamed;
    private CollectionNames names;
    private final Map<String, LastJudged> lastJudged = new HashMap<>();

    SettleCollections(long quotaBytes, Duration nameInterval) {
        this.quotaBytes = quotaBytes;
        this.nameInterval = nameInterval;
    }

    @Override
    public void init(ProcessorContext<Object, Object> context) {
        this.context = context;
        this.collections = CollectionTopology.COLLECTIONS.in(context);
        this.users = context.getStateStore(CollectionTopology.USERS_STORE);
        this.unnamed = context.getStateStore(CollectionTopology.UNNAMED_STORE);
        this.names = CollectionNames.in(context);
        context.schedule(nameInterval, PunctuationType.WALL_CLOCK_TIME, this::nameCollections);
    }

    @Override
    public void process(Record<CollectionId, Movement> record) {
        if (record.value() instanceof Movement.Delta delta) {
            collections.add(delta.origin(), record.key(), delta.amounts());
        } else if (record.value() instanceof Movement.End end) {
            boolean news = end.position() != null
                    && end.commit() != null
                    && lastJudgedOf(end.origin()).judge(end.position(), end.commit());
            UserSum sum = new UserSum(end.commit(), news, record.timestamp());
            collections.settle(end.origin(), end.commit(), (id, before, after) -> {
                sum.add(id, before, after);
                forward(id, before, after, record.timestamp());
            });
            sum.finish();
        } else if (record.value() instanceof Movement.Complete complete) {
            nameCollections(record.timestamp());
            context.forward(record.withKey("").withValue(complete.position()));
        }
    }

    /** Tables are not read in the order in which they were written. */
    private LastJudged lastJudgedOf(String origin) {
        return lastJudged.computeIfAbsent(
                origin, judge -> LastJudged.in(context, CollectionTopology.SETTLED_POSITIONS_STORE, judge));
    }

    private void forward(CollectionId id, Tally before, Tally after, long timestamp) {
        boolean shown = CollectionView.isShown(id, after.amounts());
        if (shown || CollectionView.isShown(id, before.amounts())) {
            UserCollection value = shown ? value(id, after) : null;
            if (value != null && value.getCollection() == null) {
                unnamed.put(new Unnamed(id.collectionId(), id.userId()), new byte[0]);
            }
            context.forward(new Record<>(new UserCollectionKey(id.userId(), id.collectionId()), value, timestamp));
        }
    }

    private UserCollection value(CollectionId id, Tally tally) {
        return new UserCollection(
                name(id.collectionId()),
                tally.get(Measure.RECORDS),
                tally.get(Measure.PAYLOAD_LENGTH),
                Instant.EPOCH.plus(tally.get(Measure.MODIFIED), ChronoUnit.MICROS),
                commit(tally).toLastChange(),
                tally.amounts().isDegraded());
    }

    private static Commit commit(Tally tally) {
        return Objects.requireNonNull(tally.commit(), "what expires was counted by a transaction");
    }

    private @Nullable String name(int collectionId) {
        return names.of(collectionId);
    }

    private void nameCollections(long time) {
        Unnamed from = null;
        while (true) {
            Unnamed start = from;
            List<KeyValue<Unnamed, byte[]>> next = Batches.next(() -> unnamed.range(start, null), 1);
            if (next.isEmpty()) {
                return;
            }
            int collectionId = next.get(0).key.collectionId();
            Unnamed first = new Unnamed(collectionId, Long.MIN_VALUE);
            Unnamed last = new Unnamed(collectionId, Long.MAX_VALUE);
            if (name(collectionId) != null) {
                Batches.drain(() -> unnamed.range(first, last), (waiting, present) -> {
                    unnamed.delete(waiting);
                    CollectionId id = new CollectionId(waiting.userId(), collectionId);
                    Tally tally = collections.get(id);
                    if (CollectionView.isShown(id, tally.amounts())) {
                        forward(id, tally, tally, time);
                    }
                });
            }
            if (collectionId == Integer.MAX_VALUE) {
                return;
            }
            from = new Unnamed(collectionId + 1, Long.MIN_VALUE);
        }
    }

    /** Sums what a transaction moves of a user's collections, which settle one after the other. */
    private final class UserSum {
        private final @Nullable Commit commit;
        private final boolean news;
        private final long timestamp;
        private long userId;
        private Amounts delta = Amounts.NONE;

        UserSum(@Nullable Commit commit, boolean news, long timestamp) {
            this.commit = commit;
            this.news = news;
            this.timestamp = timestamp;
        }

        void add(CollectionId id, Tally before, Tally after) {
            if (id.userId() != userId) {
                finish();
                userId = id.userId();
            }
            delta = delta.plus(CollectionView.toUser(id, after.amounts()))
                    .minus(CollectionView.toUser(id, before.amounts()));
        }

        void finish() {
            if (delta.isZero()) {
                return;
            }
            Tally before = Objects.requireNonNullElse(users.get(userId), Tally.ZERO);
            Tally after = before.plus(delta, commit);
            boolean visible = !delta.with(Measure.OCCUPIED_LENGTH, 0).isZero() && (isShown(before) || isShown(after));
            delta = Amounts.NONE;
            users.put(userId, after.amounts().isZero() ? null : after);
            long occupied = before.get(Measure.OCCUPIED_LENGTH);
            long nowOccupied = after.get(Measure.OCCUPIED_LENGTH);
            if (news && commit != null && occupied != nowOccupied) {
                context.forward(new Record<>(userId, new Occupancy(occupied, nowOccupied, commit), timestamp));
            }
            if (visible) {
                context.forward(new Record<>(new UserKey(userId), isShown(after) ? value(after) : null, timestamp));
            }
        }

        private static boolean isShown(Tally tally) {
            return tally.get(Measure.COLLECTIONS) > 0;
        }

        private UserStorage value(Tally tally) {
            return new UserStorage(
                    tally.get(Measure.RECORDS),
                    tally.get(Measure.PAYLOAD_LENGTH),
                    Math.toIntExact(tally.get(Measure.COLLECTIONS)),
                    quotaBytes,
                    commit(tally).toLastChange(),
                    tally.amounts().isDegraded());
        }
    }

    /** A collection that was forwarded without its name; those of one name lie side by side. */
    record Unnamed(int collectionId, long userId) {
        static final BinarySerde<Unnamed> SERDE = BinarySerde.ofKey(
                (key, output) -> output.sortedInt(key.collectionId).sortedLong(key.userId),
                input -> new Unnamed(input.sortedInt(), input.sortedLong()));
    }
}

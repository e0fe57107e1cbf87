package io.waltally.pipeline.collection;

import io.waltally.pipeline.row.Commit;
import io.waltally.pipeline.row.LastClassifiedTransaction;
import io.waltally.pipeline.state.Batches;
import io.waltally.pipeline.state.BinarySerde;
import io.waltally.pipeline.table.CollectionId;
import io.waltally.pipeline.tally.Amounts;
import io.waltally.pipeline.tally.Measure;
import io.waltally.pipeline.tally.Tally;
import io.waltally.pipeline.tally.TallyDelta;
import io.waltally.pipeline.tally.TransactionAggregator;
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
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Aggregates the deltas of collections when their transaction ends, or when time removes expired records. Forwards each collection whose published values
 * changed, then each affected user once, and, for a transaction that is new and not a snapshot, the change of each user's
 * storage. The names of collections come from a global store: a collection that was forwarded without a name is
 * forwarded again when the store has it.
 */
final class AggregateCollections implements Processor<CollectionId, TallyDelta, Object, Object> {
    private final long quotaBytes;
    private final Duration nameInterval;

    private ProcessorContext<Object, Object> context;
    private Cancellable punctuation;
    private TransactionAggregator<CollectionId> collections;
    private KeyValueStore<Long, Tally> users;
    private KeyValueStore<Unnamed, byte[]> unnamed;
    private CollectionNames names;
    private final Map<String, LastClassifiedTransaction> lastClassified = new HashMap<>();

    AggregateCollections(long quotaBytes, Duration nameInterval) {
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
        punctuation = context.schedule(nameInterval, PunctuationType.WALL_CLOCK_TIME, this::nameCollections);
    }

    @Override
    public void close() {
        punctuation.cancel();
    }

    @Override
    public void process(Record<CollectionId, TallyDelta> record) {
        if (record.value() instanceof TallyDelta.Delta delta) {
            collections.add(delta.origin(), record.key(), delta.amounts());
        } else if (record.value() instanceof TallyDelta.End end) {
            boolean firstTime = end.position() != null
                    && end.commit() != null
                    && lastClassifiedOf(end.origin()).advance(end.position(), end.commit());
            UserSum sum = new UserSum(end.commit(), firstTime, record.timestamp());
            collections.endTransaction(end.origin(), end.commit(), (id, before, after) -> {
                sum.add(id, before, after);
                forward(id, before, after, record.timestamp());
            });
            sum.finish();
        } else if (record.value() instanceof TallyDelta.Complete complete) {
            nameCollections(record.timestamp());
            context.forward(record.withKey("").withValue(complete.position()));
        }
    }

    /** The last transaction of each origin, since the tables of a partition are read in any order. */
    private LastClassifiedTransaction lastClassifiedOf(String origin) {
        return lastClassified.computeIfAbsent(
                origin,
                name -> LastClassifiedTransaction.in(context, CollectionTopology.AGGREGATED_POSITIONS_STORE, name));
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
        return Objects.requireNonNull(tally.commit(), "a published tally has no commit");
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
                Batches.drain(unnamed, first, last, (waiting, present) -> {
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

    /** Adds up the changes that a transaction makes to the collections of a user. */
    private final class UserSum {
        private final @Nullable Commit commit;
        private final boolean firstTime;
        private final long timestamp;
        private long userId;
        private Amounts delta = Amounts.NONE;

        UserSum(@Nullable Commit commit, boolean firstTime, long timestamp) {
            this.commit = commit;
            this.firstTime = firstTime;
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
            if (firstTime && commit != null && occupied != nowOccupied) {
                context.forward(new Record<>(userId, new UserStorageChange(occupied, nowOccupied, commit), timestamp));
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

    /** A collection that was forwarded without its name. Keys with the same collection id are adjacent. */
    record Unnamed(int collectionId, long userId) {
        static final BinarySerde<Unnamed> SERDE = BinarySerde.ofKey(
                (key, output) -> output.sortedInt(key.collectionId).sortedLong(key.userId),
                input -> new Unnamed(input.sortedInt(), input.sortedLong()));
    }
}

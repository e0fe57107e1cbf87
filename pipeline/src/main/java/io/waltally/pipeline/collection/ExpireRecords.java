package io.waltally.pipeline.collection;

import io.waltally.pipeline.row.Degradation;
import io.waltally.pipeline.row.NonTransactionalEvent;
import io.waltally.pipeline.row.RowChange;
import io.waltally.pipeline.row.RowEvent;
import io.waltally.pipeline.row.Timestamps;
import io.waltally.pipeline.row.TransactionEnd;
import io.waltally.pipeline.state.Batches;
import io.waltally.pipeline.state.BinarySerde;
import io.waltally.pipeline.table.CollectionId;
import io.waltally.pipeline.table.RecordId;
import io.waltally.pipeline.table.StoredRecord;
import io.waltally.pipeline.table.SyncRows;
import io.waltally.pipeline.tally.Amounts;
import io.waltally.pipeline.tally.Measure;
import io.waltally.pipeline.tally.TallyDelta;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes of records -> deltas of their collections. A record counts until it expires.
 *
 * <p>A stored clock that never goes back says which expiries were processed: a record counts if it expires after that
 * time. So neither a restart, nor a replay, nor a wall clock that was set back can count or remove a record twice. The
 * clock is the maximum of punctuation times and commit times.
 *
 * <p>Expiries are indexed in two grains. Records that expire within the next day or so are indexed one by one. For all
 * others only the day and the collection are indexed, because most records live for decades. When a day comes near, its
 * collections are searched for the records that expire on that day.
 */
final class ExpireRecords implements Processor<RecordId, RowEvent<StoredRecord>, CollectionId, TallyDelta> {
    private static final Logger LOG = LoggerFactory.getLogger(ExpireRecords.class);

    private static final String RECORDS = "records";
    private static final String EXPIRY = "expiry";
    private static final String SWEPT = "swept";
    private static final String INDEXED_DAYS = "indexed-days";
    private static final String OPEN = "open";
    private static final byte[] PRESENT = {};
    private static final long MAX_SKEW = TimeUnit.MINUTES.toMicros(1);
    private static final long DAY = TimeUnit.DAYS.toMicros(1);
    private static final int COLLECTIONS_AT_A_TIME = 200;

    private final Duration interval;

    private ProcessorContext<CollectionId, TallyDelta> context;
    private Cancellable punctuation;
    private KeyValueStore<RecordId, StoredRecord> records;
    private KeyValueStore<Expiry, byte[]> expiries;
    private KeyValueStore<ExpiryDay, byte[]> days;
    private KeyValueStore<String, Long> clocks;

    /** Records that expired up to this time, and no others, have left the tallies. */
    private long swept;

    /** Expiries on days before this one are indexed one by one. */
    private long indexedDays;

    /** A lower bound of the expiries that were not processed. */
    private long nextExpiry = Long.MIN_VALUE;

    /** The current time as far as this task knows; never before {@link #swept}. */
    private long now;

    /** Whether a transaction is being read. */
    private boolean open;

    /** The record whose change triggered the sweep: its row is already stored, but not yet in the tallies. */
    private @Nullable RecordId changing;

    private @Nullable StoredRecord changingFrom;

    ExpireRecords(Duration interval) {
        this.interval = interval;
    }

    @Override
    public void init(ProcessorContext<CollectionId, TallyDelta> context) {
        this.context = context;
        this.records = context.getStateStore(SyncRows.RECORDS_STORE);
        this.expiries = context.getStateStore(CollectionTopology.EXPIRIES_STORE);
        this.days = context.getStateStore(CollectionTopology.EXPIRY_DAYS_STORE);
        this.clocks = context.getStateStore(CollectionTopology.CLOCKS_STORE);
        this.swept = Objects.requireNonNullElse(clocks.get(SWEPT), Long.MIN_VALUE);
        this.indexedDays = Objects.requireNonNullElse(clocks.get(INDEXED_DAYS), Long.MIN_VALUE);
        this.now = swept;
        this.open = clocks.get(OPEN) != null;
        warnIfAhead();
        punctuation = context.schedule(interval, PunctuationType.WALL_CLOCK_TIME, this::punctuate);
    }

    @Override
    public void close() {
        punctuation.cancel();
    }

    /** A clock that was wrong once removed records before their time, and nothing expires until that time. */
    private void warnIfAhead() {
        long ahead =
                swept == Long.MIN_VALUE ? 0 : swept - TimeUnit.MILLISECONDS.toMicros(context.currentSystemTimeMs());
        if (ahead > MAX_SKEW) {
            LOG.warn(
                    "{}: records that expire within the next {} s have left the tallies already, since a clock of this"
                            + " machine, another instance or PostgreSQL was ahead; nothing else expires until then",
                    context.taskId(),
                    TimeUnit.MICROSECONDS.toSeconds(ahead));
        }
    }

    @Override
    public void process(Record<RecordId, RowEvent<StoredRecord>> record) {
        advance(record.timestamp());
        if (record.value() instanceof RowChange<StoredRecord> change) {
            setOpen(change.nonTransactional() == null || open);
            move(record.key(), change, record.timestamp());
        } else if (record.value() instanceof Degradation<StoredRecord> degradation) {
            move(
                    record.key(),
                    uncertainRows(degradation.after()).minus(uncertainRows(degradation.before())),
                    degradation.nonTransactional(),
                    record.timestamp());
        } else if (record.value() instanceof TransactionEnd<StoredRecord> end) {
            setOpen(false);
            context.forward(
                    new Record<>(null, new TallyDelta.End(RECORDS, end.position(), end.commit()), record.timestamp()));
        }
    }

    /** Stored too, since a commit of Kafka Streams may come in the middle of a transaction of the source. */
    private void setOpen(boolean transactionOpen) {
        if (open != transactionOpen) {
            open = transactionOpen;
            clocks.put(OPEN, transactionOpen ? 1L : null);
        }
    }

    private void move(RecordId id, RowChange<StoredRecord> change, long timestamp) {
        StoredRecord before = change.before();
        StoredRecord after = change.after();
        if (now >= nextExpiry || (after != null && isDue(after.expiry()))) {
            // Records that expired before a transaction committed do not belong to its result, not even for a moment.
            changing = id;
            changingFrom = before;
            sweep(timestamp);
            changing = null;
        }
        Amounts delta = amounts(after).minus(amounts(before));
        if (before == null || after == null || before.expiry() != after.expiry()) {
            if (before != null) {
                expiries.delete(new Expiry(before.expiry(), id));
            }
            if (after != null) {
                index(id, after.expiry());
            }
        }
        move(id, delta, change.nonTransactional(), timestamp);
    }

    private void move(RecordId id, Amounts delta, @Nullable NonTransactionalEvent nonTransactional, long timestamp) {
        String origin = TallyDelta.origin(RECORDS, nonTransactional);
        if (!delta.isZero()) {
            context.forward(new Record<>(id.collection(), new TallyDelta.Delta(origin, delta), timestamp));
        }
        if (nonTransactional != null) {
            context.forward(new Record<>(null, new TallyDelta.End(origin, null, nonTransactional.commit()), timestamp));
        }
    }

    private static Amounts uncertainRows(@Nullable StoredRecord standIn) {
        return standIn == null ? Amounts.NONE : Amounts.NONE.with(Measure.UNCERTAIN_ROWS, 1);
    }

    /** The contribution of a record: nothing once its expiry was processed. */
    private Amounts amounts(@Nullable StoredRecord record) {
        return record == null || record.expiry() <= swept
                ? Amounts.NONE
                : Amounts.NONE.with(Measure.RECORDS, 1).with(Measure.PAYLOAD_LENGTH, record.length());
    }

    private boolean isDue(long expiry) {
        return expiry > swept && expiry <= now;
    }

    private void index(RecordId id, long expiry) {
        if (expiry <= swept || expiry == Timestamps.NEVER) {
            return;
        }
        nextExpiry = Math.min(nextExpiry, expiry);
        if (day(expiry) < indexedDays) {
            expiries.put(new Expiry(expiry, id), PRESENT);
        } else {
            ExpiryDay key = new ExpiryDay(day(expiry), id.collection());
            if (days.get(key) == null) {
                days.put(key, PRESENT);
            }
        }
    }

    private void punctuate(long time) {
        if (open) {
            // The rows are those of a transaction that has not ended, and the tallies are not.
            return;
        }
        advance(time);
        if (indexedDays <= day(now) + 1) {
            indexDays(day(now) + 2);
        }
        if (!Batches.next(() -> expiries.range(Expiry.after(swept), Expiry.after(now)), 1)
                .isEmpty()) {
            sweep(time);
        }
    }

    private void advance(long milliseconds) {
        now = Math.max(now, TimeUnit.MILLISECONDS.toMicros(milliseconds));
    }

    /** Removes the records from the tallies that have expired by now. */
    private void sweep(long timestamp) {
        while (indexedDays <= day(now)) {
            indexDays(day(now) + 1);
        }
        Batches.drain(expiries, Expiry.after(swept), Expiry.after(now), (expiry, present) -> {
            TallyDelta leaves = new TallyDelta.Delta(
                    EXPIRY, Amounts.NONE.minus(amounts(tallied(expiry.id(), records.get(expiry.id())))));
            context.forward(new Record<>(expiry.id().collection(), leaves, timestamp));
        });
        context.forward(new Record<>(null, new TallyDelta.End(EXPIRY, null, null), timestamp));
        swept = now;
        clocks.put(SWEPT, swept);
        nextExpiry = Batches.next(() -> expiries.range(Expiry.after(swept), null), 1).stream()
                .mapToLong(entry -> entry.key.time())
                .findFirst()
                .orElse(Long.MAX_VALUE);
        nextExpiry = Math.min(nextExpiry, indexedDays * DAY);
    }

    /** Indexes the records of the days before that day one by one, in batches if those days have many collections. */
    private void indexDays(long end) {
        List<KeyValue<ExpiryDay, byte[]>> part =
                Batches.next(() -> days.range(null, ExpiryDay.startOf(end)), COLLECTIONS_AT_A_TIME);
        for (KeyValue<ExpiryDay, byte[]> entry : part) {
            indexRecords(entry.key.collection(), end);
            days.delete(entry.key);
        }
        if (part.size() < COLLECTIONS_AT_A_TIME) {
            indexedDays = end;
            clocks.put(INDEXED_DAYS, indexedDays);
        }
    }

    private void indexRecords(CollectionId collection, long end) {
        List<Expiry> found = new ArrayList<>();
        try (KeyValueIterator<RecordId, StoredRecord> rows =
                records.prefixScan(collection, CollectionId.SERDE.serializer())) {
            while (rows.hasNext()) {
                KeyValue<RecordId, StoredRecord> row = rows.next();
                StoredRecord record = tallied(row.key, row.value);
                if (record != null && record.expiry() > swept && day(record.expiry()) < end) {
                    found.add(new Expiry(record.expiry(), row.key));
                }
            }
        }
        found.forEach(expiry -> expiries.put(expiry, PRESENT));
    }

    /** The state of a record as the tallies have it. */
    private @Nullable StoredRecord tallied(RecordId id, @Nullable StoredRecord stored) {
        return id.equals(changing) ? changingFrom : stored;
    }

    private static long day(long micros) {
        return Math.floorDiv(micros, DAY);
    }

    /** Key of a record in the order of expiry. */
    record Expiry(long time, RecordId id) {
        private static final RecordId FIRST = new RecordId(new CollectionId(Long.MIN_VALUE, Integer.MIN_VALUE), "");

        static final BinarySerde<Expiry> SERDE = BinarySerde.ofKey(
                (expiry, output) -> expiry.id.writeTo(output.sortedLong(expiry.time)),
                input -> new Expiry(input.sortedLong(), RecordId.readFrom(input)));

        /** Sorts after every record that expires at that time or before. */
        static Expiry after(long time) {
            return new Expiry(time + 1, FIRST);
        }
    }

    /** Key of a day on which records of a collection expire, or used to. */
    record ExpiryDay(long day, CollectionId collection) {
        static final BinarySerde<ExpiryDay> SERDE = BinarySerde.ofKey(
                (key, output) -> key.collection.writeTo(output.sortedLong(key.day)),
                input -> new ExpiryDay(input.sortedLong(), CollectionId.readFrom(input)));

        static ExpiryDay startOf(long day) {
            return new ExpiryDay(day, new CollectionId(Long.MIN_VALUE, Integer.MIN_VALUE));
        }
    }
}

package io.waltally.pipeline.collection;

import io.waltally.pipeline.fold.Amounts;
import io.waltally.pipeline.fold.Degradation;
import io.waltally.pipeline.fold.Measure;
import io.waltally.pipeline.fold.Movement;
import io.waltally.pipeline.fold.RowEvent;
import io.waltally.pipeline.fold.Shift;
import io.waltally.pipeline.fold.Standalone;
import io.waltally.pipeline.fold.Timestamps;
import io.waltally.pipeline.fold.TransactionEnd;
import io.waltally.pipeline.rows.CollectionId;
import io.waltally.pipeline.rows.RecordId;
import io.waltally.pipeline.rows.StoredRecord;
import io.waltally.pipeline.rows.SyncRows;
import io.waltally.pipeline.state.Batches;
import io.waltally.pipeline.state.BinarySerde;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Shifts of records -> movements of their collections. A record counts until its expiry.
 *
 * <p>A clock that only goes forward, and is kept in a store, says which expiries have been dealt with: a record counts if
 * it expires after that, whenever it is asked. So neither a restart nor a replay nor a clock that was set back can count
 * one twice, or take it back twice. The clock is the later of the time of punctuations and that of commits.
 *
 * <p>Expiries are indexed in two grains. Records that expire by the end of the next day or so are indexed one by one.
 * Of the others only the day and the collection are: most records live for decades and are never indexed by themselves.
 * When a day draws near, the collections it names are searched for the records that expire on it.
 */
final class ExpireRecords implements Processor<RecordId, RowEvent<StoredRecord>, CollectionId, Movement> {
    private static final String RECORDS = "records";
    private static final String EXPIRY = "expiry";
    private static final String SWEPT = "swept";
    private static final String INDEXED_DAYS = "indexed-days";
    private static final byte[] PRESENT = {};
    private static final long DAY = TimeUnit.DAYS.toMicros(1);
    private static final int COLLECTIONS_AT_A_TIME = 200;

    private final Duration interval;

    private ProcessorContext<CollectionId, Movement> context;
    private KeyValueStore<RecordId, StoredRecord> records;
    private KeyValueStore<Expiry, byte[]> expiries;
    private KeyValueStore<ExpiryDay, byte[]> days;
    private KeyValueStore<String, Long> clocks;

    /** Expiries up to here have left the tallies, and only they. */
    private long swept;

    /** Expiries on days before this one are indexed one by one. */
    private long indexedDays;

    /** No expiry that has not been swept is earlier. */
    private long nextExpiry = Long.MIN_VALUE;

    /** How late it is as far as this task knows; not before {@link #swept}. */
    private long now;

    /** The record whose shift makes it necessary to sweep: its row is stored already, but not yet in the tallies. */
    private @Nullable RecordId shifting;

    private @Nullable StoredRecord shiftingFrom;

    ExpireRecords(Duration interval) {
        this.interval = interval;
    }

    @Override
    public void init(ProcessorContext<CollectionId, Movement> context) {
        this.context = context;
        this.records = context.getStateStore(SyncRows.RECORDS_STORE);
        this.expiries = context.getStateStore(CollectionTopology.EXPIRIES_STORE);
        this.days = context.getStateStore(CollectionTopology.EXPIRY_DAYS_STORE);
        this.clocks = context.getStateStore(CollectionTopology.CLOCKS_STORE);
        this.swept = Objects.requireNonNullElse(clocks.get(SWEPT), Long.MIN_VALUE);
        this.indexedDays = Objects.requireNonNullElse(clocks.get(INDEXED_DAYS), Long.MIN_VALUE);
        this.now = swept;
        context.schedule(interval, PunctuationType.WALL_CLOCK_TIME, this::punctuate);
    }

    @Override
    public void process(Record<RecordId, RowEvent<StoredRecord>> record) {
        advance(record.timestamp());
        if (record.value() instanceof Shift<StoredRecord> shift) {
            move(record.key(), shift, record.timestamp());
        } else if (record.value() instanceof Degradation<StoredRecord> degradation) {
            move(
                    record.key(),
                    doubt(degradation.after()).minus(doubt(degradation.before())),
                    degradation.standalone(),
                    record.timestamp());
        } else if (record.value() instanceof TransactionEnd<StoredRecord> end) {
            context.forward(
                    new Record<>(null, new Movement.End(RECORDS, end.position(), end.commit()), record.timestamp()));
        }
    }

    private void move(RecordId id, Shift<StoredRecord> shift, long timestamp) {
        StoredRecord before = shift.before();
        StoredRecord after = shift.after();
        if (now >= nextExpiry || (after != null && isDue(after.expiry()))) {
            // What expired before a transaction committed is no part of what it leaves, even for a moment.
            shifting = id;
            shiftingFrom = before;
            sweep(timestamp);
            shifting = null;
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
        move(id, delta, shift.standalone(), timestamp);
    }

    private void move(RecordId id, Amounts delta, @Nullable Standalone standalone, long timestamp) {
        String origin = Movement.origin(RECORDS, standalone);
        if (!delta.isZero()) {
            context.forward(new Record<>(id.collection(), new Movement.Delta(origin, delta), timestamp));
        }
        if (standalone != null) {
            context.forward(new Record<>(null, new Movement.End(origin, null, standalone.commit()), timestamp));
        }
    }

    private static Amounts doubt(@Nullable StoredRecord standIn) {
        return standIn == null ? Amounts.NONE : Amounts.NONE.with(Measure.POISONED_ROWS, 1);
    }

    /** What a record adds, as things are: nothing once its expiry was swept. */
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
        advance(time);
        if (indexedDays <= day(now) + 1) {
            indexDays(day(now) + 2);
        }
        if (!Batches.next(this::due, 1).isEmpty()) {
            sweep(time);
        }
    }

    private void advance(long milliseconds) {
        now = Math.max(now, TimeUnit.MILLISECONDS.toMicros(milliseconds));
    }

    private KeyValueIterator<Expiry, byte[]> due() {
        return expiries.range(Expiry.after(swept), Expiry.after(now));
    }

    /** Takes out of the tallies what has expired by now. */
    private void sweep(long timestamp) {
        while (indexedDays <= day(now)) {
            indexDays(day(now) + 1);
        }
        Batches.drain(this::due, (expiry, present) -> {
            expiries.delete(expiry);
            Movement leaves = new Movement.Delta(
                    EXPIRY, Amounts.NONE.minus(amounts(tallied(expiry.id(), records.get(expiry.id())))));
            context.forward(new Record<>(expiry.id().collection(), leaves, timestamp));
        });
        context.forward(new Record<>(null, new Movement.End(EXPIRY, null, null), timestamp));
        swept = now;
        clocks.put(SWEPT, swept);
        nextExpiry = Batches.next(() -> expiries.range(Expiry.after(swept), null), 1).stream()
                .mapToLong(entry -> entry.key.time())
                .findFirst()
                .orElse(Long.MAX_VALUE);
        nextExpiry = Math.min(nextExpiry, indexedDays * DAY);
    }

    /** Indexes the records of the days before that one by one; if those days name many collections, a part at a time. */
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

    /** The state of a record that the tallies know. */
    private @Nullable StoredRecord tallied(RecordId id, @Nullable StoredRecord stored) {
        return id.equals(shifting) ? shiftingFrom : stored;
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

        /** Behind everything that expires at that time or before. */
        static Expiry after(long time) {
            return new Expiry(time + 1, FIRST);
        }
    }

    /** Key of a day on which records of a collection expire, or once did. */
    record ExpiryDay(long day, CollectionId collection) {
        static final BinarySerde<ExpiryDay> SERDE = BinarySerde.ofKey(
                (key, output) -> key.collection.writeTo(output.sortedLong(key.day)),
                input -> new ExpiryDay(input.sortedLong(), CollectionId.readFrom(input)));

        static ExpiryDay startOf(long day) {
            return new ExpiryDay(day, new CollectionId(Long.MIN_VALUE, Integer.MIN_VALUE));
        }
    }
}

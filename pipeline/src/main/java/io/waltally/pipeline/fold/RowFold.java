package io.waltally.pipeline.fold;

import io.waltally.pipeline.poison.Poison;
import io.waltally.pipeline.poison.PoisonLimit;
import io.waltally.pipeline.poison.PoisonedRows;
import io.waltally.pipeline.poison.Received;
import io.waltally.schemas.Change;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.Lsn;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.common.metrics.Sensor.RecordingLevel;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the state of each row of one table in one partition and forwards how it shifts. {@code before} of a change is
 * never looked at: the server leaves it out. A tombstone takes the row away, whether or not a delete came before it.
 *
 * <p>A transaction ends with the record that says so. Where compaction removed that record, the first record of another
 * transaction ends it. What is forwarded carries no headers: those of a cdc record say nothing about a tally.
 *
 * <p>A record that cannot be read or folded is set aside, and its row is in doubt until a later record of it is good. It
 * ends its transaction as any other does. What may fail comes before anything is written, so none is folded by half.
 *
 * <p>A dead letter that comes back through the topic of replays is folded if its row is still in doubt on its account:
 * then no later record of the row has come. It belongs to no transaction of the cdc topic.
 */
public final class RowFold<K extends SpecificRecord, R, I, S>
        implements Processor<Received<K>, Received<Change<R>>, I, RowEvent<S>> {
    private static final Logger LOG = LoggerFactory.getLogger(RowFold.class);

    private final Definition<K, R, I, S> definition;
    private final RowRule<K, R, I, S> rule;
    private final PoisonLimit limit;

    private ProcessorContext<I, RowEvent<S>> context;
    private KeyValueStore<I, S> rows;
    private PoisonedRows<S> poisoned;
    private Sensor deadLetters;
    private @Nullable ChangeHeaders open;
    private long committedAt;

    public RowFold(Definition<K, R, I, S> definition, PoisonLimit limit) {
        this.definition = definition;
        this.rule = definition.rule();
        this.limit = limit;
    }

    @Override
    public void init(ProcessorContext<I, RowEvent<S>> context) {
        this.context = context;
        this.rows = context.getStateStore(definition.store());
        this.poisoned = PoisonedRows.in(context, definition.poisonedStore());
        this.deadLetters =
                context.metrics().addRateTotalSensor("topic", definition.topic(), "dead-letters", RecordingLevel.INFO);
    }

    @Override
    public void process(Record<Received<K>, Received<Change<R>>> record) {
        RecordMetadata place = context.recordMetadata().orElseThrow();
        if (place.topic().equals(definition.replayTopic())) {
            replay(record);
        } else {
            follow(record, place);
        }
    }

    private void follow(Record<Received<K>, Received<Change<R>>> record, RecordMetadata place) {
        ChangeHeaders headers;
        try {
            headers = headers(record);
        } catch (Poison poison) {
            setAside(record, place, poison, null, new Standalone(null));
            if (open != null && ChangeHeaders.isMarkedLast(record.headers())) {
                end(record, open, new Lsn(open.sequence()));
            }
            return;
        }
        Position position = Position.of(headers);
        if (open != null && Position.of(open).isBefore(position)) {
            // The next transaction's sequence is the end of the one before it.
            end(record, open, new Lsn(open.epoch() == headers.epoch() ? headers.sequence() : open.sequence()));
        } else if (open != null && position.isBefore(Position.of(open))) {
            // Read again from an earlier record on: the open transaction has not ended, it comes again too.
            open = null;
        }
        if (record.value().value() != null || open == null) {
            committedAt = committedAt(record);
        }
        open = headers;
        try {
            fold(record, position, headers.transactionId() == 0, null);
        } catch (Poison poison) {
            setAside(record, place, poison, position, null);
        }
        headers.commitLsn().ifPresent(lsn -> end(record, headers, lsn));
    }

    private void replay(Record<Received<K>, Received<Change<R>>> record) {
        String origin = "?";
        try {
            DeadLetterHeaders letter = letter(record);
            origin = letter.topic() + "-" + letter.partition().orElse(-1) + "-"
                    + letter.offset().orElse(-1);
            ChangeHeaders headers = headers(record);
            PoisonedRows.Mark<S> mark = poisoned.get(key(record));
            if (mark == null || mark.offset() != letter.offset().orElse(-1)) {
                LOG.info("replay of {} ignored: its row is not in doubt, or by another record", origin);
                return;
            }
            Commit commit = new Commit(
                    headers.source(),
                    headers.epoch(),
                    headers.commitLsn().orElse(new Lsn(headers.sequence())),
                    0,
                    committedAt(record));
            fold(record, Position.of(headers), true, new Standalone(commit));
            LOG.info("replay of {} folded", origin);
        } catch (Poison poison) {
            LOG.warn("replay of {} ignored: still {}", origin, poison.getMessage());
        }
    }

    /** Whole or not at all: nothing is written before all is known. */
    private void fold(
            Record<Received<K>, Received<Change<R>>> record,
            Position position,
            boolean snapshot,
            @Nullable Standalone standalone)
            throws Poison {
        K key = key(record);
        I identity = rule.identity(key);
        S before = rows.get(identity);
        S after = after(before, key, record.value());

        if (!Objects.equals(before, after)) {
            rows.put(identity, after);
            forward(identity, new Shift<>(before, after, position, snapshot, standalone), record.timestamp());
        }
        PoisonedRows.Mark<S> mark = poisoned.get(key);
        if (mark != null) {
            boolean known = isWhole(record.value().value()) || (standalone != null && mark.alone());
            if (known) {
                poisoned.remove(key);
                forward(identity, new Degradation<>(mark.standIn(), null, position, standalone), record.timestamp());
            } else {
                poisoned.put(key, mark.afterPart());
            }
        }
    }

    private boolean isWhole(@Nullable Change<R> change) {
        return change == null || change.after() == null || rule.isWhole(change);
    }

    private @Nullable S after(@Nullable S before, K key, Received<Change<R>> value) throws Poison {
        if (value.failure() != null) {
            throw new Poison("its value cannot be decoded", value.failure());
        }
        Change<R> change = value.value();
        try {
            if (change != null && change.after() != null) {
                return rule.with(before, change);
            }
            return before == null ? null : rule.without(before, key);
        } catch (RuntimeException e) {
            throw new Poison("its row cannot be folded", e);
        }
    }

    private K key(Record<Received<K>, ?> record) throws Poison {
        Received<K> key = record.key();
        if (key.failure() != null) {
            throw new Poison("its key cannot be decoded", key.failure());
        }
        if (key.value() == null) {
            throw new Poison("it has no key", null);
        }
        return key.value();
    }

    private static ChangeHeaders headers(Record<?, ?> record) throws Poison {
        try {
            return ChangeHeaders.from(record.headers());
        } catch (RuntimeException e) {
            throw new Poison("its headers are not those of capture", e);
        }
    }

    private static DeadLetterHeaders letter(Record<?, ?> record) throws Poison {
        try {
            return DeadLetterHeaders.from(record.headers());
        } catch (IllegalArgumentException e) {
            throw new Poison("its headers are not those of a dead letter", e);
        }
    }

    /** A tombstone does not tell. */
    private static long committedAt(Record<?, ? extends Received<? extends Change<?>>> record) {
        Change<?> change = record.value().value();
        return change == null
                ? TimeUnit.MILLISECONDS.toMicros(record.timestamp())
                : Timestamps.micros(change.committedAt());
    }

    /**
     * @param position null if the record does not tell it
     * @param standalone null if the record belongs to the open transaction
     */
    private void setAside(
            Record<Received<K>, Received<Change<R>>> record,
            RecordMetadata place,
            Poison poison,
            @Nullable Position position,
            @Nullable Standalone standalone) {
        limit.count(place.topic(), poison, context.currentSystemTimeMs());
        LOG.warn(
                "set aside {}-{} offset {}: {} ('waltally dlq list')",
                place.topic(),
                place.partition(),
                place.offset(),
                poison.getMessage());
        deadLetters.record();
        boolean attributed = record.key().value() != null && doubt(record, place.offset(), position, standalone);
        forward(null, new SetAside<>(poison.letter(record, place, attributed)), record.timestamp());
    }

    /** @return whether that tells which tallies are in doubt */
    private boolean doubt(
            Record<Received<K>, ?> record, long offset, @Nullable Position position, @Nullable Standalone standalone) {
        K key = record.key().value();
        I identity = rule.identity(key);
        S standIn = rule.standIn(key, rows.get(identity));
        PoisonedRows.Mark<S> before = poisoned.get(key);
        poisoned.put(key, new PoisonedRows.Mark<>(offset, before == null, standIn));
        forward(
                identity,
                new Degradation<>(before == null ? null : before.standIn(), standIn, position, standalone),
                record.timestamp());
        return standIn != null;
    }

    private void end(Record<?, ?> record, ChangeHeaders headers, Lsn lsn) {
        Commit commit = new Commit(headers.source(), headers.epoch(), lsn, headers.transactionId(), committedAt);
        forward(null, new TransactionEnd<>(Position.of(headers), commit), record.timestamp());
        open = null;
    }

    private void forward(@Nullable I identity, RowEvent<S> event, long timestamp) {
        context.forward(new Record<>(identity, event, timestamp));
    }

    /**
     * What is folded, and where its state is.
     *
     * @param topic of the table
     * @param replayTopic of dead letters of that topic that are tried once more
     * @param store of {@code S} by {@code I}
     * @param poisonedStore of {@link PoisonedRows}
     */
    public record Definition<K extends SpecificRecord, R, I, S>(
            String topic, String replayTopic, String store, String poisonedStore, RowRule<K, R, I, S> rule) {}
}

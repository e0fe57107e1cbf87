package io.waltally.pipeline.row;

import io.waltally.pipeline.deadletter.DeadLetterLimit;
import io.waltally.pipeline.deadletter.ReceivedValue;
import io.waltally.pipeline.deadletter.UncertainRows;
import io.waltally.pipeline.deadletter.UnprocessableRecordException;
import io.waltally.schemas.Change;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.ReplayRequest;
import io.waltally.schemas.control.DeadLetterEvent;
import io.waltally.schemas.control.DeadLetterEventType;
import java.time.Instant;
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
 * Keeps the state of each row of one table in one partition, and forwards its changes. Ignores {@code before} of a
 * change event, which PostgreSQL sends only with REPLICA IDENTITY FULL. A tombstone removes the row, with or without a
 * preceding delete.
 *
 * <p>A transaction ends with the record that is marked as its last one. If compaction removed that record, the next
 * transaction's first record ends it. Forwarded records carry no headers.
 *
 * <p>A record that cannot be processed becomes a dead letter, and its row is uncertain until a valid record of the row
 * follows. It ends its transaction like any other record. Everything that can fail happens before the first write, so
 * no record is applied in part.
 *
 * <p>A dead letter that arrives in the replay topic is applied if its row is still uncertain because of it, which means
 * that no later record of the row has arrived. It belongs to no transaction of the cdc topic. The result is reported as
 * an event of the dead letter.
 */
public final class RowStateProcessor<K extends SpecificRecord, R, I, S>
        implements Processor<ReceivedValue<K>, ReceivedValue<Change<R>>, I, RowEvent<S>> {
    private static final Logger LOG = LoggerFactory.getLogger(RowStateProcessor.class);

    private static final String REPORTER = "streams";
    private static final String READ_ROW =
            "read the row again ('waltally snapshot SOURCE.TABLE'), then drop the dead letter ('waltally dlq drop')";
    private static final String READ_AGAIN = "it does not carry the whole row, which remains uncertain: " + READ_ROW;

    private final Definition<K, R, I, S> definition;
    private final RowStateMapping<K, R, I, S> mapping;
    private final DeadLetterLimit limit;

    private ProcessorContext<I, RowEvent<S>> context;
    private KeyValueStore<I, S> rows;
    private UncertainRows<S> uncertain;
    private Sensor deadLetters;
    private @Nullable ChangeHeaders open;
    private long committedAt;

    public RowStateProcessor(Definition<K, R, I, S> definition, DeadLetterLimit limit) {
        this.definition = definition;
        this.mapping = definition.mapping();
        this.limit = limit;
    }

    @Override
    public void init(ProcessorContext<I, RowEvent<S>> context) {
        this.context = context;
        this.rows = context.getStateStore(definition.store());
        this.uncertain = UncertainRows.in(context, definition.uncertainStore());
        this.deadLetters =
                context.metrics().addRateTotalSensor("topic", definition.topic(), "dead-letters", RecordingLevel.INFO);
    }

    @Override
    public void process(Record<ReceivedValue<K>, ReceivedValue<Change<R>>> record) {
        RecordMetadata place = context.recordMetadata().orElseThrow();
        if (place.topic().equals(definition.replayTopic())) {
            replay(record);
        } else {
            follow(record, place);
        }
    }

    private void follow(Record<ReceivedValue<K>, ReceivedValue<Change<R>>> record, RecordMetadata place) {
        ChangeHeaders headers;
        try {
            headers = headers(record);
        } catch (UnprocessableRecordException failure) {
            sendToDeadLetters(record, place, failure, null, new NonTransactionalEvent(null));
            if (open != null && ChangeHeaders.isMarkedLast(record.headers())) {
                end(record, open, new Lsn(open.sequence()));
            }
            return;
        }
        Position position = Position.of(headers);
        if (open != null && Position.of(open).isBefore(position)) {
            // The sequence of a transaction is the end LSN of the previous one.
            end(record, open, new Lsn(open.epoch() == headers.epoch() ? headers.sequence() : open.sequence()));
        } else if (open != null && position.isBefore(Position.of(open))) {
            // The consumer was reset to an earlier offset: the open transaction has not ended, and will be read again.
            open = null;
        }
        if (record.value().value() != null || open == null) {
            committedAt = committedAt(record);
        }
        open = headers;
        try {
            apply(record, position, headers.transactionId() == 0, null);
        } catch (UnprocessableRecordException failure) {
            sendToDeadLetters(record, place, failure, position, null);
        }
        headers.commitLsn().ifPresent(lsn -> end(record, headers, lsn));
    }

    private void replay(Record<ReceivedValue<K>, ReceivedValue<Change<R>>> record) {
        String place = "a record with unreadable headers";
        try {
            DeadLetterHeaders letter = letter(record);
            place = letter.topic() + "-" + letter.partition().orElse(-1) + "-"
                    + letter.offset().orElse(-1);
            ChangeHeaders headers = headers(record);
            K key = key(record);
            UncertainRows.Mark<S> mark = uncertain.get(key);
            if (mark == null || !mark.isOf(letter, record.headers())) {
                ignore(record, place, mark);
                return;
            }
            Commit commit = new Commit(
                    headers.source(),
                    headers.epoch(),
                    headers.commitLsn().orElse(new Lsn(headers.sequence())),
                    0,
                    committedAt(record));
            apply(record, Position.of(headers), true, new NonTransactionalEvent(commit));
            LOG.info("replay of {} applied", place);
            if (uncertain.get(key) == null) {
                report(record, DeadLetterEventType.REPAIRED, "");
            } else {
                report(record, DeadLetterEventType.REFUSED, "it was applied, but " + READ_AGAIN);
            }
        } catch (UnprocessableRecordException failure) {
            LOG.warn("replay of {} ignored, because it still cannot be processed: {}", place, failure.getMessage());
            report(record, DeadLetterEventType.REFUSED, "it still cannot be processed: " + failure.getMessage());
        }
    }

    /**
     * Reports of a replay that does not apply whether the row has become certain without it. That is unknown if the row
     * was never marked as uncertain, because the key could not be decoded.
     */
    private void ignore(Record<?, ?> record, String place, UncertainRows.@Nullable Mark<S> mark) {
        LOG.info("replay of {} ignored: it was applied before, or a later record of its row has arrived", place);
        if (mark != null && mark.isAfterPart()) {
            report(record, DeadLetterEventType.REFUSED, "a later record has arrived, but " + READ_AGAIN);
        } else if (mark == null && record.headers().lastHeader(DeadLetterHeaders.UNATTRIBUTED) != null) {
            report(
                    record,
                    DeadLetterEventType.REFUSED,
                    "it is unknown whether a later record has arrived: " + READ_ROW);
        } else {
            report(record, DeadLetterEventType.SUPERSEDED, "");
        }
    }

    private void report(Record<?, ?> replay, DeadLetterEventType type, String detail) {
        ReplayRequest.from(replay.headers()).ifPresent(request -> {
            Instant now = Instant.ofEpochMilli(context.currentSystemTimeMs());
            DeadLetterEvent event = new DeadLetterEvent(type, request.id(), now, REPORTER, detail);
            forward(null, new ReplayResult<>(request.letter(), event), replay.timestamp());
        });
    }

    /** Applies the whole record or nothing: all values are computed before the first write. */
    private void apply(
            Record<ReceivedValue<K>, ReceivedValue<Change<R>>> record,
            Position position,
            boolean snapshot,
            @Nullable NonTransactionalEvent nonTransactional)
            throws UnprocessableRecordException {
        K key = key(record);
        I identity = mapping.identity(key);
        S before = rows.get(identity);
        S after = after(before, key, record.value());

        if (!Objects.equals(before, after)) {
            rows.put(identity, after);
            forward(identity, new RowChange<>(before, after, position, snapshot, nonTransactional), record.timestamp());
        }
        UncertainRows.Mark<S> mark = uncertain.get(key);
        if (mark != null) {
            boolean known = isWhole(record.value().value()) || (nonTransactional != null && mark.alone());
            if (known) {
                uncertain.remove(key);
                forward(
                        identity,
                        new Degradation<>(mark.standIn(), null, position, nonTransactional),
                        record.timestamp());
            } else {
                uncertain.put(key, mark.afterPart());
            }
        }
    }

    private boolean isWhole(@Nullable Change<R> change) {
        return change == null || change.after() == null || mapping.isWhole(change);
    }

    private @Nullable S after(@Nullable S before, K key, ReceivedValue<Change<R>> value)
            throws UnprocessableRecordException {
        if (value.failure() != null) {
            throw new UnprocessableRecordException("its value cannot be decoded", value.failure());
        }
        Change<R> change = value.value();
        try {
            if (change != null && change.after() != null) {
                return mapping.with(before, change);
            }
            return before == null ? null : mapping.without(before, key);
        } catch (RuntimeException e) {
            throw new UnprocessableRecordException("its row cannot be applied", e);
        }
    }

    private K key(Record<ReceivedValue<K>, ?> record) throws UnprocessableRecordException {
        ReceivedValue<K> key = record.key();
        if (key.failure() != null) {
            throw new UnprocessableRecordException("its key cannot be decoded", key.failure());
        }
        if (key.value() == null) {
            throw new UnprocessableRecordException("it has no key", null);
        }
        return key.value();
    }

    private static ChangeHeaders headers(Record<?, ?> record) throws UnprocessableRecordException {
        try {
            return ChangeHeaders.from(record.headers());
        } catch (RuntimeException e) {
            throw new UnprocessableRecordException("its headers are not those of capture", e);
        }
    }

    private static DeadLetterHeaders letter(Record<?, ?> record) throws UnprocessableRecordException {
        try {
            return DeadLetterHeaders.from(record.headers());
        } catch (IllegalArgumentException e) {
            throw new UnprocessableRecordException("its headers are not those of a dead letter", e);
        }
    }

    /** The commit time in microseconds. A tombstone carries none, so its timestamp stands for it. */
    private static long committedAt(Record<?, ? extends ReceivedValue<? extends Change<?>>> record) {
        Change<?> change = record.value().value();
        return change == null
                ? TimeUnit.MILLISECONDS.toMicros(
                        DeadLetterHeaders.originalTimestamp(record.headers(), record.timestamp()))
                : Timestamps.micros(change.committedAt());
    }

    /**
     * @param position null if the record does not carry it
     * @param nonTransactional null if the record belongs to the open transaction
     */
    private void sendToDeadLetters(
            Record<ReceivedValue<K>, ReceivedValue<Change<R>>> record,
            RecordMetadata place,
            UnprocessableRecordException failure,
            @Nullable Position position,
            @Nullable NonTransactionalEvent nonTransactional) {
        long now = context.currentSystemTimeMs();
        limit.count(place.topic(), failure, now);
        LOG.warn(
                "sent record {}-{} offset {} to the dead letter topic: {}; see 'waltally dlq list'",
                place.topic(),
                place.partition(),
                place.offset(),
                failure.getMessage());
        deadLetters.record();
        boolean attributed =
                record.key().value() != null && markUncertain(record, place.offset(), now, position, nonTransactional);
        forward(null, new DeadLetter<>(failure.letter(record, place, attributed, now)), record.timestamp());
    }

    /** Marks the row as uncertain. Returns whether the affected tallies are known. */
    private boolean markUncertain(
            Record<ReceivedValue<K>, ?> record,
            long offset,
            long now,
            @Nullable Position position,
            @Nullable NonTransactionalEvent nonTransactional) {
        K key = record.key().value();
        I identity = mapping.identity(key);
        S standIn = mapping.standIn(key, rows.get(identity));
        UncertainRows.Mark<S> before = uncertain.get(key);
        uncertain.put(key, new UncertainRows.Mark<>(offset, now, before == null, standIn));
        forward(
                identity,
                new Degradation<>(before == null ? null : before.standIn(), standIn, position, nonTransactional),
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
     * Topics and stores of one table.
     *
     * @param topic of the table
     * @param replayTopic of dead letters that are tried again
     * @param store of {@code S} by {@code I}
     * @param uncertainStore of {@link UncertainRows}
     */
    public record Definition<K extends SpecificRecord, R, I, S>(
            String topic,
            String replayTopic,
            String store,
            String uncertainStore,
            RowStateMapping<K, R, I, S> mapping) {}
}

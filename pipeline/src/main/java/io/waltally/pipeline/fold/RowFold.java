package io.waltally.pipeline.fold;

import io.waltally.schemas.Change;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Lsn;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the state of each row of one table in one partition and forwards how it shifts. {@code before} of a change is
 * never looked at: the server leaves it out. A tombstone takes the row away, whether or not a delete came before it.
 *
 * <p>A transaction ends with the record that says so. Where compaction removed that record, the first record of another
 * transaction ends it. What is forwarded carries no headers: those of a cdc record say nothing about a tally.
 */
public final class RowFold<K, R, I, S> implements Processor<K, Change<R>, I, RowEvent<S>> {
    private final String storeName;
    private final RowRule<K, R, I, S> rule;

    private ProcessorContext<I, RowEvent<S>> context;
    private KeyValueStore<I, S> rows;
    private @Nullable ChangeHeaders open;
    private long committedAt;

    public RowFold(String storeName, RowRule<K, R, I, S> rule) {
        this.storeName = storeName;
        this.rule = rule;
    }

    @Override
    public void init(ProcessorContext<I, RowEvent<S>> context) {
        this.context = context;
        this.rows = context.getStateStore(storeName);
    }

    @Override
    public void process(Record<K, Change<R>> record) {
        ChangeHeaders headers = ChangeHeaders.from(record.headers());
        Position position = Position.of(headers);
        if (open != null && !Position.of(open).equals(position)) {
            // The next transaction's sequence is the end of the one before it.
            end(record, open, new Lsn(open.epoch() == headers.epoch() ? headers.sequence() : open.sequence()));
        }
        Change<R> change = record.value();
        if (change != null) {
            committedAt = Timestamps.micros(change.committedAt());
        } else if (open == null) {
            committedAt = TimeUnit.MILLISECONDS.toMicros(record.timestamp());
        }
        open = headers;
        if (record.key() == null) {
            throw new IllegalArgumentException("a change without a key at position " + position
                    + ": the table has no primary key, or the topic is not written by capture");
        }
        fold(record, change, headers);
        headers.commitLsn().ifPresent(lsn -> end(record, headers, lsn));
    }

    private void fold(Record<K, Change<R>> record, @Nullable Change<R> change, ChangeHeaders headers) {
        I identity = rule.identity(record.key());
        S before = rows.get(identity);
        S after;
        if (change != null && change.after() != null) {
            after = rule.with(before, change);
        } else {
            after = before == null ? null : rule.without(before, record.key());
        }
        if (Objects.equals(before, after)) {
            return;
        }
        rows.put(identity, after);
        context.forward(new Record<>(
                identity,
                new Shift<>(before, after, Position.of(headers), headers.transactionId() == 0),
                record.timestamp()));
    }

    private void end(Record<?, ?> record, ChangeHeaders headers, Lsn lsn) {
        Commit commit = new Commit(headers.source(), headers.epoch(), lsn, headers.transactionId(), committedAt);
        context.forward(new Record<>(null, new TransactionEnd<>(Position.of(headers), commit), record.timestamp()));
        open = null;
    }
}

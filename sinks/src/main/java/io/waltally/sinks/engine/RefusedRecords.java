package io.waltally.sinks.engine;

import io.waltally.sinks.target.TargetException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sets records aside that a sink does not write, as dead letters. */
final class RefusedRecords {
    private static final Logger LOG = LoggerFactory.getLogger(RefusedRecords.class);

    private final Sink sink;
    private final SinkDeadLetters deadLetters;
    private final SinkMeasures measures;

    RefusedRecords(Sink sink, SinkDeadLetters deadLetters, SinkMeasures measures) {
        this.sink = sink;
        this.deadLetters = deadLetters;
        this.measures = measures;
    }

    /** Returns when the dead letter is acknowledged. */
    void setAside(ConsumerRecord<byte[], byte[]> record, TargetException reason) {
        LOG.warn(
                "sink {}: {}-{} offset {} is set aside: {}",
                sink,
                record.topic(),
                record.partition(),
                record.offset(),
                reason.getMessage());
        deadLetters.write(record, sink, reason);
        measures.setAside();
    }
}

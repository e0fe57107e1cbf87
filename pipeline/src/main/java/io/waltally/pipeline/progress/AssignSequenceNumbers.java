package io.waltally.pipeline.progress;

import io.waltally.schemas.TallyHeaders;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Adds a sequence number to each record that this task writes to a topic. */
final class AssignSequenceNumbers<K, V> implements Processor<K, V, K, V> {
    private final String topic;
    private final String storeName;

    private ProcessorContext<K, V> context;
    private SequenceNumbers sequences;

    AssignSequenceNumbers(String topic, String storeName) {
        this.topic = topic;
        this.storeName = storeName;
    }

    @Override
    public void init(ProcessorContext<K, V> context) {
        this.context = context;
        this.sequences = SequenceNumbers.in(context, storeName);
    }

    @Override
    public void process(Record<K, V> record) {
        Headers headers = new RecordHeaders();
        TallyHeaders.addSequence(headers, sequences.next(topic));
        context.forward(record.withHeaders(headers));
    }
}

package io.waltally.pipeline.progress;

import io.waltally.schemas.TallyHeaders;
import java.util.Objects;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Adds a sequence number to each record that this task writes to a topic. */
final class AssignSequenceNumbers<K, V> implements Processor<K, V, K, V> {
    private final String topic;
    private final String storeName;

    private ProcessorContext<K, V> context;
    private KeyValueStore<String, Long> sequences;

    AssignSequenceNumbers(String topic, String storeName) {
        this.topic = topic;
        this.storeName = storeName;
    }

    @Override
    public void init(ProcessorContext<K, V> context) {
        this.context = context;
        this.sequences = context.getStateStore(storeName);
    }

    @Override
    public void process(Record<K, V> record) {
        long sequence = Objects.requireNonNullElse(sequences.get(topic), 0L) + 1;
        sequences.put(topic, sequence);
        Headers headers = new RecordHeaders();
        TallyHeaders.addSequence(headers, sequence);
        context.forward(record.withHeaders(headers));
    }
}

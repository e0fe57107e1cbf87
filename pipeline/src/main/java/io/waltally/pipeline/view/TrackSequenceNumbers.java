package io.waltally.pipeline.view;

import io.waltally.schemas.TallyHeaders;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Stores the sequence number of the last tally of a topic, after the tally itself. */
class TrackSequenceNumbers<K, V> extends ContextualProcessor<K, V, Void, Void> {
    private final String topic;

    private KeyValueStore<String, Long> sequences;

    TrackSequenceNumbers(String topic) {
        this.topic = topic;
    }

    @Override
    public void init(ProcessorContext<Void, Void> context) {
        super.init(context);
        sequences = context.getStateStore(TallyViewTopology.SEQUENCES_STORE);
    }

    @Override
    public void process(Record<K, V> record) {
        TallyHeaders.sequence(record.headers()).ifPresent(sequence -> sequences.put(topic, sequence));
    }
}

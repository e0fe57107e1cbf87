package io.waltally.pipeline.view;

import io.waltally.schemas.TallyHeaders;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Notes the sequence number of the last tally of a topic that is in its store. */
final class NoteSequence<K, V> extends ContextualProcessor<K, V, Void, Void> {
    private final String topic;

    private KeyValueStore<String, Long> sequences;

    NoteSequence(String topic) {
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

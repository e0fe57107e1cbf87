package io.waltally.pipeline.progress;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** The last sequence number of each topic to which a task of a stage writes tallies. */
final class SequenceNumbers {
    private final KeyValueStore<String, Long> numbers;

    private SequenceNumbers(KeyValueStore<String, Long> numbers) {
        this.numbers = numbers;
    }

    static SequenceNumbers in(ProcessorContext<?, ?> context, String storeName) {
        return new SequenceNumbers(context.getStateStore(storeName));
    }

    long next(String topic) {
        long next = Objects.requireNonNullElse(numbers.get(topic), 0L) + 1;
        numbers.put(topic, next);
        return next;
    }

    Map<String, Long> last() {
        Map<String, Long> last = new HashMap<>();
        try (KeyValueIterator<String, Long> all = numbers.all()) {
            all.forEachRemaining(entry -> last.put(entry.key, entry.value));
        }
        return last;
    }
}

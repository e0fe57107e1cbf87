package io.waltally.pipeline.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BatchesTest {
    private final KeyValueStore<Integer, String> store = Stores.keyValueStoreBuilder(
                    Stores.inMemoryKeyValueStore("numbers"), Serdes.Integer(), Serdes.String())
            .withLoggingDisabled()
            .build();

    @Test
    void aDrainRemovesARangeInItsOrderBatchByBatch() {
        store.init(new MockProcessorContext<>().getStateStoreContext(), store);
        IntStream.range(0, 5_000).forEach(i -> store.put(i, "v" + i));
        assertThat(drained(500, 2_500)).containsExactlyElementsOf(numbers(500, 2_501));
        assertThat(store.get(499)).isEqualTo("v499");
        assertThat(store.get(2_500)).isNull();
        assertThat(store.get(2_501)).isEqualTo("v2501");
        List<Integer> rest = numbers(0, 500);
        rest.addAll(numbers(2_501, 5_000));
        assertThat(drained(null, null)).containsExactlyElementsOf(rest);
        assertThat(store.approximateNumEntries()).isZero();
        assertThat(drained(null, null)).isEmpty();
    }

    private List<Integer> drained(@Nullable Integer from, @Nullable Integer to) {
        List<Integer> keys = new ArrayList<>();
        Batches.drain(store, from, to, (key, value) -> {
            assertThat(value).isEqualTo("v" + key);
            assertThat(store.get(key)).isNull();
            keys.add(key);
        });
        return keys;
    }

    private static List<Integer> numbers(int from, int to) {
        return new ArrayList<>(IntStream.range(from, to).boxed().toList());
    }
}

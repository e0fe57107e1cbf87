package io.waltally.pipeline.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OpenEntriesTest {
    private final KeyValueStore<String, Integer> store = Stores.keyValueStoreBuilder(
                    Stores.inMemoryKeyValueStore("entries"), Serdes.String(), Serdes.Integer())
            .withLoggingDisabled()
            .build();
    private int walks;
    private OpenEntries<String, Integer> entries;

    @BeforeEach
    void open() {
        MockProcessorContext<Void, Void> context = new MockProcessorContext<>();
        store.init(context.getStateStoreContext(), store);
        entries = restarted();
    }

    private OpenEntries<String, Integer> restarted() {
        return new OpenEntries<>(store, () -> {
            walks++;
            return store.all();
        });
    }

    @Test
    void eachEndTakesAwayWhatWasPutSinceTheLastOneInTheOrderOfKeys() {
        entries.put("b", 1);
        assertThat(drained()).containsExactly("b=1");
        entries.put("c", 2);
        entries.put("a", 3);
        entries.put("c", 4);
        entries.put("d", 5);
        entries.put("d", null);
        assertThat(entries.get("c")).isEqualTo(4);
        assertThat(entries.get("b")).isNull();
        assertThat(drained()).containsExactly("a=3", "c=4");
        assertThat(drained()).isEmpty();
        assertThat(store.approximateNumEntries()).isZero();
    }

    @Test
    void whatACrashLeftIsTakenAwayWithTheRestOfItsTransaction() {
        entries.put("b", 1);
        entries = restarted();
        assertThat(entries.get("b")).isEqualTo(1);
        entries.put("a", 2);
        assertThat(drained()).containsExactly("a=2", "b=1");
    }

    @Test
    void theStoreIsWalkedThroughOnlyBeforeTheKeysAreKnown() {
        drained();
        int first = walks;
        for (int i = 0; i < 10; i++) {
            entries.put("a", i);
            assertThat(drained()).containsExactly("a=" + i);
        }
        assertThat(walks).isEqualTo(first);
    }

    @Test
    void moreThanCanBeKnownAreTakenAwayAllTheSame() {
        drained();
        List<String> expected = IntStream.range(0, 25_000)
                .mapToObj(i -> "%05d=%d".formatted(i, i))
                .toList();
        for (int i = 24_999; i >= 0; i--) {
            entries.put("%05d".formatted(i), i);
        }
        assertThat(entries.get("00007")).isEqualTo(7);
        assertThat(drained()).isEqualTo(expected);
        assertThat(drained()).isEmpty();
    }

    private List<String> drained() {
        List<String> drained = new ArrayList<>();
        entries.drain((key, value) -> drained.add(key + "=" + value));
        return drained;
    }
}

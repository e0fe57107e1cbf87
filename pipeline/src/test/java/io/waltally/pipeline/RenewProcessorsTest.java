package io.waltally.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

class RenewProcessorsTest {
    private final List<Integer> counts = new ArrayList<>();

    /** Counts in a field, as if it were of no importance. */
    private final class Counter implements Processor<String, String, String, String> {
        private int count;

        @Override
        public void process(Record<String, String> record) {
            counts.add(++count);
        }
    }

    @Test
    void aRevivedProcessorHasNoFieldsOfTheAbortedTransaction() {
        Processor<String, String, String, String> wrapped = new RenewProcessors()
                .<String, String, String, String>wrapProcessorSupplier("count", Counter::new)
                .get();
        ProcessorContext<String, String> context = new MockProcessorContext<>();
        Record<String, String> record = new Record<>("k", "v", 0);
        wrapped.init(context);
        wrapped.process(record);
        wrapped.process(record);
        wrapped.close();
        wrapped.init(context);
        wrapped.process(record);
        assertThat(counts).containsExactly(1, 2, 1);
    }

    @Test
    void storesOfTheSupplierAreKept() {
        var store =
                Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("store"), Serdes.String(), Serdes.String());
        ProcessorSupplier<String, String, String, String> supplier = new ProcessorSupplier<>() {
            @Override
            public Processor<String, String, String, String> get() {
                return new Counter();
            }

            @Override
            public java.util.Set<org.apache.kafka.streams.state.StoreBuilder<?>> stores() {
                return java.util.Set.of(store);
            }
        };
        assertThat(new RenewProcessors()
                        .wrapProcessorSupplier("count", supplier)
                        .stores())
                .hasSize(1);
    }
}

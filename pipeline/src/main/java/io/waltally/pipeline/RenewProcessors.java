package io.waltally.pipeline;

import java.util.Set;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorSupplier;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.ProcessorWrapper;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.WrappedFixedKeyProcessorSupplier;
import org.apache.kafka.streams.processor.api.WrappedProcessorSupplier;
import org.apache.kafka.streams.state.StoreBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Makes a new processor whenever Kafka Streams initializes one. Kafka Streams initializes the processors of a task again
 * that it revives, as after an aborted transaction: the stores then are as before the transaction, and fields of the same
 * processor would not be.
 *
 * <p>A revived task keeps what is scheduled: a processor cancels its punctuation when it is closed, or the one that
 * replaces it would work beside it.
 */
public final class RenewProcessors implements ProcessorWrapper {
    @Override
    public <KIn, VIn, KOut, VOut> WrappedProcessorSupplier<KIn, VIn, KOut, VOut> wrapProcessorSupplier(
            String name, ProcessorSupplier<KIn, VIn, KOut, VOut> supplier) {
        return ProcessorWrapper.asWrapped(new ProcessorSupplier<>() {
            @Override
            public Processor<KIn, VIn, KOut, VOut> get() {
                return new Renewed<>(supplier);
            }

            @Override
            public @Nullable Set<StoreBuilder<?>> stores() {
                return supplier.stores();
            }
        });
    }

    @Override
    public <KIn, VIn, VOut> WrappedFixedKeyProcessorSupplier<KIn, VIn, VOut> wrapFixedKeyProcessorSupplier(
            String name, FixedKeyProcessorSupplier<KIn, VIn, VOut> supplier) {
        return ProcessorWrapper.asWrappedFixedKey(new FixedKeyProcessorSupplier<>() {
            @Override
            public FixedKeyProcessor<KIn, VIn, VOut> get() {
                return new RenewedFixedKey<>(supplier);
            }

            @Override
            public @Nullable Set<StoreBuilder<?>> stores() {
                return supplier.stores();
            }
        });
    }

    private static final class Renewed<KIn, VIn, KOut, VOut> implements Processor<KIn, VIn, KOut, VOut> {
        private final ProcessorSupplier<KIn, VIn, KOut, VOut> supplier;
        private @Nullable Processor<KIn, VIn, KOut, VOut> current;

        Renewed(ProcessorSupplier<KIn, VIn, KOut, VOut> supplier) {
            this.supplier = supplier;
        }

        @Override
        public void init(ProcessorContext<KOut, VOut> context) {
            Processor<KIn, VIn, KOut, VOut> next = supplier.get();
            next.init(context);
            current = next;
        }

        @Override
        public void process(Record<KIn, VIn> record) {
            current.process(record);
        }

        @Override
        public void close() {
            if (current != null) {
                current.close();
                current = null;
            }
        }
    }

    private static final class RenewedFixedKey<KIn, VIn, VOut> implements FixedKeyProcessor<KIn, VIn, VOut> {
        private final FixedKeyProcessorSupplier<KIn, VIn, VOut> supplier;
        private @Nullable FixedKeyProcessor<KIn, VIn, VOut> current;

        RenewedFixedKey(FixedKeyProcessorSupplier<KIn, VIn, VOut> supplier) {
            this.supplier = supplier;
        }

        @Override
        public void init(FixedKeyProcessorContext<KIn, VOut> context) {
            FixedKeyProcessor<KIn, VIn, VOut> next = supplier.get();
            next.init(context);
            current = next;
        }

        @Override
        public void process(FixedKeyRecord<KIn, VIn> record) {
            current.process(record);
        }

        @Override
        public void close() {
            if (current != null) {
                current.close();
                current = null;
            }
        }
    }
}

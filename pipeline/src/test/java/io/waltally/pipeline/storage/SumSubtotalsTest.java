package io.waltally.pipeline.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.pipeline.progress.PartitionProgress;
import io.waltally.pipeline.row.Commit;
import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.tally.Amounts;
import io.waltally.pipeline.tally.Measure;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

/** The processor alone. */
class SumSubtotalsTest {
    private static final TallySubject BACKEND = TallySubject.backend("b1");

    private final MockProcessorContext<TallySubject, StorageEvent> context = new MockProcessorContext<>();
    private final KeyValueStore<SumSubtotals.SubjectPartition, PartitionUpdate.Subtotal> subtotals = store(
            StorageTopology.BY_PARTITION_STORE, SumSubtotals.SubjectPartition.SERDE, PartitionUpdate.Subtotal.SERDE);
    private final SumSubtotals sums = new SumSubtotals(new PartitionProgress.Definition("progress", 3));

    SumSubtotalsTest() {
        store("progress", Serdes.Integer(), Position.SERDE);
        sums.init(context);
    }

    @Test
    void theLastChangeOfASumDoesNotGoBackWhenAPartitionBecomesEmpty() {
        // Given the row of the backend in one partition, and objects in two
        subtotal(0, Measure.ROWS, 1, 0x10);
        subtotal(1, Measure.STORED_BYTES, 70, 0x20);
        subtotal(2, Measure.STORED_BYTES, 30, 0x30);
        // When one becomes empty, and the other one emits later what it did before
        assertThat(subtotal(1, Measure.STORED_BYTES, 0, 0x60).commit().lsn()).isEqualTo(new Lsn(0x60));
        StorageChange change = subtotal(2, Measure.STORED_BYTES, 0, 0x50);
        // Then
        assertThat(change.after().get(Measure.STORED_BYTES)).isZero();
        assertThat(change.commit().lsn()).isEqualTo(new Lsn(0x60));
    }

    @Test
    void theLastChangeOfASumDoesNotGoBackWhenAPartitionEmitsAnEarlierTransaction() {
        subtotal(0, Measure.ROWS, 1, 0x10);
        subtotal(1, Measure.STORED_BYTES, 70, 0x60);
        assertThat(subtotal(1, Measure.STORED_BYTES, 80, 0x20).commit().lsn()).isEqualTo(new Lsn(0x60));
    }

    @Test
    void nothingIsKeptOfASubjectWithoutAmounts() {
        subtotal(0, Measure.ROWS, 1, 0x10);
        subtotal(1, Measure.STORED_BYTES, 70, 0x20);
        subtotal(1, Measure.STORED_BYTES, 0, 0x30);
        subtotal(0, Measure.ROWS, 0, 0x40);
        assertThat(subtotals.approximateNumEntries()).isZero();
    }

    private StorageChange subtotal(int partition, Measure measure, long value, long lsn) {
        Commit commit = new Commit(Source.S3, 1, new Lsn(lsn), lsn, 0);
        context.resetForwards();
        sums.process(new Record<>(
                BACKEND, new PartitionUpdate.Subtotal(partition, Amounts.NONE.with(measure, value), commit), 0));
        return (StorageChange) context.forwarded().get(0).record().value();
    }

    private <K, V> KeyValueStore<K, V> store(String name, Serde<K> keys, Serde<V> values) {
        KeyValueStore<K, V> store = Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(name), keys, values)
                .withLoggingDisabled()
                .build();
        store.init(context.getStateStoreContext(), store);
        context.addStateStore(store);
        return store;
    }
}

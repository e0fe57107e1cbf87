package io.waltally.connectors.capture.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.debezium.engine.DebeziumEngine.Offsets;
import io.debezium.engine.DebeziumEngine.RecordCommitter;
import io.debezium.engine.RecordChangeEvent;
import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.config.DatabaseLogin;
import io.waltally.connectors.capture.encoding.AddedColumns.OlderRows;
import io.waltally.connectors.capture.encoding.RecordEncoder;
import io.waltally.connectors.capture.publishing.OwnTransactionsReader;
import io.waltally.connectors.capture.publishing.TopicKeys;
import io.waltally.connectors.capture.publishing.TransactionPublisher;
import io.waltally.connectors.capture.snapshot.CompletedSnapshot;
import io.waltally.connectors.capture.snapshot.FailedSnapshot;
import io.waltally.connectors.capture.snapshot.SnapshotRequests;
import io.waltally.connectors.capture.snapshot.Snapshots;
import io.waltally.connectors.capture.snapshot.TableSnapshot;
import io.waltally.connectors.capture.source.CurrentRowReader;
import io.waltally.connectors.capture.source.SourceIdentity;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.SnapshotProgress;
import io.waltally.schemas.control.SnapshotState;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.serde.AvroSerdes;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChangeHandlerTest {
    private static final String URL = "mock://change-handler";
    private static final String TABLE = "notes";
    private static final String TOPIC = "sync.public.notes";
    private static final int TRANSACTIONS = 6;

    /** Where the stream begins. */
    private static final long START = 1_000;

    /** Bytes of WAL of a transaction. */
    private static final long LENGTH = 100;

    private static final Schema KEY =
            SchemaBuilder.struct().name("Key").field("id", Schema.INT64_SCHEMA).build();
    private static final Schema VALUE = SchemaBuilder.struct()
            .name("Value")
            .field("id", Schema.INT64_SCHEMA)
            .build();

    private final TopicCatalogue catalogue = new TopicCatalogue(TopicSettings.DEFAULTS, new AvroSerdes(URL));
    private final CaptureConfig config = CaptureConfig.of(
                    Source.SYNC, new DatabaseLogin("jdbc:postgresql://db.example/store", "waltally", Optional.empty()))
            .withTables(List.of(TABLE))
            .withGrouping(Duration.ZERO, 1);
    private final MockProducer<byte[], byte[]> producer =
            new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    private long changesBeforeStop;
    private ChangeHandler handler;

    /** The engine hands over what it has read already, until it is closed some time after the stop. */
    @ParameterizedTest
    @CsvSource({"0, 1", "0, 2", "1, 1", "1, 3", "2, 2", "2, 3", "3, 4"})
    void noWatermarkPassesATransactionThatCameAfterTheStop(long changesBefore, int batchSize) throws Exception {
        // Given
        changesBeforeStop = changesBefore;
        handler = handler();
        requestStopAfter(0);
        List<RecordChangeEvent<SourceRecord>> events = LongStream.rangeClosed(1, TRANSACTIONS)
                .mapToObj(ChangeHandlerTest::row)
                .toList();
        // When
        for (int from = 0; from < events.size(); from += batchSize) {
            int to = Math.min(from + batchSize, TRANSACTIONS);
            handler.handleBatch(events.subList(from, to), new IgnoringCommitter());
        }
        // Then
        List<Watermark> watermarks = watermarks();
        long published = (long) producer.history().size() - watermarks.size();
        assertThat(published).isEqualTo(changesBefore);
        assertThat(watermarks.stream().mapToLong(Watermark::getLsn).max().orElse(START))
                .isEqualTo(START + published * LENGTH);
    }

    private void requestStopAfter(long changes) {
        if (changes == changesBeforeStop) {
            handler.requestStop();
        }
    }

    /** The only row of its transaction. */
    private static RecordChangeEvent<SourceRecord> row(long transaction) {
        long previousEnd = START + (transaction - 1) * LENGTH;
        Map<String, Object> offset = new HashMap<>();
        offset.put("lsn_commit", previousEnd);
        offset.put("lsn", previousEnd + 1);
        offset.put("txId", transaction);
        offset.put("ts_usec", transaction);
        SourceRecord row = new SourceRecord(
                Map.of(),
                offset,
                TOPIC,
                null,
                KEY,
                new Struct(KEY).put("id", transaction),
                VALUE,
                new Struct(VALUE).put("id", transaction));
        return () -> row;
    }

    private List<Watermark> watermarks() {
        return producer.history().stream()
                .filter(record -> record.topic().equals(catalogue.watermarks().name()))
                .map(this::watermark)
                .toList();
    }

    private Watermark watermark(ProducerRecord<byte[], byte[]> record) {
        return catalogue.watermarks().valueSerde().deserializer().deserialize(record.topic(), record.value());
    }

    private ChangeHandler handler() {
        producer.initTransactions();
        RegistryAccess registry = RegistryAccess.of(URL);
        RecordEncoder encoder = new RecordEncoder(
                config,
                catalogue,
                registry,
                1_000_000,
                topic -> false,
                (topic, columns, transactionId) -> OlderRows.NULLS);
        TransactionPublisher publisher =
                new TransactionPublisher(producer, catalogue.watermarks(), Duration.ofMinutes(1));
        OwnTransactionsReader view = new OwnTransactionsReader(Map.of());
        SnapshotProgress complete =
                new SnapshotProgress(SnapshotState.COMPLETED, 0L, List.of(TABLE), List.of(), Map.of());
        Watermark start =
                new Watermark(START, 0, 7L, 1, config.slot(), null, Instant.EPOCH, Map.of(), complete, null, null);
        Listener listener = new Listener();
        return new ChangeHandler(
                config,
                encoder,
                new TopicKeys(view),
                new UnchangedToastResolver(new CurrentRowReader(null), encoder, view, registry),
                publisher,
                new Snapshots(config, encoder, publisher, view, 0, complete, new SnapshotRequests(), listener),
                new SourceIdentity(7, 1, new Lsn(START)),
                start,
                listener);
    }

    private final class Listener implements ChangeHandler.Progress, Snapshots.Listener {
        private long changes;

        @Override
        public void change() {
            requestStopAfter(++changes);
        }

        @Override
        public void captured(Lsn position, int epoch, Instant committedAt) {}

        @Override
        public void snapshots(List<TableSnapshot> pending) {}

        @Override
        public void completed(CompletedSnapshot snapshot) {}

        @Override
        public void failed(FailedSnapshot snapshot) {}
    }

    /** Acknowledges nothing to a server. */
    private static final class IgnoringCommitter implements RecordCommitter<RecordChangeEvent<SourceRecord>> {
        @Override
        public void markProcessed(RecordChangeEvent<SourceRecord> record) {}

        @Override
        public void markBatchFinished() {}

        @Override
        public void markProcessed(RecordChangeEvent<SourceRecord> record, Offsets sourceOffsets) {}

        @Override
        public Offsets buildOffsets() {
            throw new UnsupportedOperationException();
        }
    }
}

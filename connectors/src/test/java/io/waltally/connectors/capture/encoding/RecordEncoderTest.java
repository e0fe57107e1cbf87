package io.waltally.connectors.capture.encoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.config.DatabaseLogin;
import io.waltally.connectors.capture.config.UnprocessableChangePolicy;
import io.waltally.connectors.capture.encoding.AddedColumns.OlderRows;
import io.waltally.connectors.capture.error.CaptureException;
import io.waltally.connectors.capture.error.FailureKind;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.Source;
import io.waltally.schemas.serde.AvroSerdes;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicSettings;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RecordEncoderTest {
    private static final String TOPIC = "s3.public.prices";
    private static final String URL = "mock://record-encoder";
    private static final int MAX_RECORD = 10_000;

    private static final Schema KEY =
            SchemaBuilder.struct().name("Key").field("id", Schema.INT64_SCHEMA).build();
    private static final Schema VALUE = SchemaBuilder.struct()
            .name("Value")
            .field("price", Decimal.schema(2))
            .field("note", Schema.STRING_SCHEMA)
            .build();

    @Test
    void aValueThatCannotBeWrittenIsSetAsideWithAllThatMakesTheChangeAgain() {
        // Given
        SourceRecord change = change(new BigDecimal("1.234"), "x");
        long now = System.currentTimeMillis();
        // When
        ProducerRecord<byte[], byte[]> letter =
                encoder(UnprocessableChangePolicy.DEAD_LETTER).encode(change, 17L);
        // Then
        assertThat(letter.topic()).isEqualTo("dlq.capture");
        assertThat(letter.timestamp()).as("when it was set aside").isCloseTo(now, within(60_000L));
        assertThat(DeadLetterHeaders.originalTimestamp(letter.headers(), letter.timestamp()))
                .isEqualTo(17L);
        assertThat(json(letter.key(), true)).isEqualTo(change.key());
        assertThat(json(letter.value(), false)).isEqualTo(change.value());
        DeadLetterHeaders why = DeadLetterHeaders.from(letter.headers());
        assertThat(why.topic()).isEqualTo(TOPIC);
        assertThat(why.partition())
                .isEqualTo(OptionalInt.of(encoder(UnprocessableChangePolicy.STOP)
                        .encode(change(new BigDecimal("1.23"), "x"), 17L)
                        .partition()));
        assertThat(why.exception()).isEqualTo("org.apache.kafka.connect.errors.DataException");
        assertThat(why.message()).isEqualTo("a value cannot be written as Avro: 1.234 is not a decimal of scale 2");
    }

    @Test
    void aValueThatNoJsonHoldsEitherIsReportedByItsKey() {
        SourceRecord change = change(new BigDecimal("1.23"), null);
        ProducerRecord<byte[], byte[]> letter =
                encoder(UnprocessableChangePolicy.DEAD_LETTER).encode(change, 17L);
        assertThat(json(letter.key(), true)).isEqualTo(change.key());
        assertThat(letter.value()).isNull();
        assertThat(DeadLetterHeaders.from(letter.headers()).message())
                .contains("The value is left out", "waltally snapshot s3.prices, with --from");
    }

    @Test
    void aDeadLetterIsNoLargerThanARecordMayBe() {
        String note = "x".repeat(MAX_RECORD - 1200);
        assertThat(encoder(UnprocessableChangePolicy.STOP)
                        .encode(change(new BigDecimal("1.23"), note), 17L)
                        .value())
                .isNotNull();
        assertThat(encoder(UnprocessableChangePolicy.DEAD_LETTER)
                        .encode(change(new BigDecimal("1.234"), note), 17L)
                        .value())
                .isNull();
    }

    @Test
    void aDeadLetterLeavesOutTheTextsThatWouldMakeItTooLarge() {
        // Given
        Schema envelope = SchemaBuilder.struct()
                .name("Envelope")
                .field("before", SchemaBuilder.struct().optional().build())
                .field("after", VALUE)
                .build();
        Struct row = new Struct(VALUE)
                .put("price", UnrepresentableValue.of(Decimal.schema(2), "9".repeat(MAX_RECORD)))
                .put("note", "x");
        // When
        ProducerRecord<byte[], byte[]> letter = encoder(UnprocessableChangePolicy.DEAD_LETTER)
                .encode(change(envelope, new Struct(envelope).put("after", row)), 17L);
        // Then
        assertThat(RecordSize.upperBound(letter)).isLessThanOrEqualTo(MAX_RECORD);
        assertThat(letter.headers().lastHeader(ChangeHeaders.UNREPRESENTABLE)).isNull();
        assertThat(DeadLetterHeaders.from(letter.headers()).message()).contains(ChangeHeaders.UNREPRESENTABLE);
    }

    @Test
    void anErrorNamesTableKeyPositionAndTheWayOut() {
        assertThatThrownBy(
                        () -> encoder(UnprocessableChangePolicy.STOP).encode(change(new BigDecimal("1.234"), "x"), 17L))
                .isInstanceOf(CaptureException.class)
                .hasMessageStartingWith(
                        "table prices, key Struct{id=7}, change at 0/16B3748: a value cannot be written as"
                                + " Avro: 1.234 is not a decimal of scale 2")
                .hasMessageContaining("capture.on-unprocessable-change");
        assertThatThrownBy(() -> encoder(UnprocessableChangePolicy.STOP)
                        .encode(change(new BigDecimal("1.23"), "x".repeat(MAX_RECORD)), 17L))
                .isInstanceOf(CaptureException.class)
                .hasMessageContaining("is larger than kafka.max.request.size allows (10000)");
    }

    @Test
    void aRegistryThatDoesNotAnswerMakesNoChangeUnprocessable() {
        RecordEncoder encoder = new RecordEncoder(
                config(UnprocessableChangePolicy.DEAD_LETTER),
                catalogue(),
                RegistryAccess.of("http://127.0.0.1:1"),
                MAX_RECORD,
                topic -> false,
                (topic, columns, transactionId) -> OlderRows.NULLS);
        assertThatThrownBy(() -> encoder.encode(change(new BigDecimal("1.23"), "x"), 17L))
                .satisfies(error -> assertThat(FailureKind.of(error)).isEqualTo(FailureKind.RETRIABLE));
    }

    @Test
    void aColumnWithoutAvroNameIsNamed() {
        Schema value = SchemaBuilder.struct()
                .name("Value")
                .field("content-type", Schema.STRING_SCHEMA)
                .build();
        SourceRecord change = change(value, new Struct(value).put("content-type", "x"));
        assertThatThrownBy(() -> encoder(UnprocessableChangePolicy.DEAD_LETTER).encode(change, 17L))
                .isInstanceOf(CaptureException.class)
                .hasMessageContaining("table prices")
                .hasMessageContaining("content-type");
    }

    private static SourceRecord change(BigDecimal price, @Nullable String note) {
        Struct value = new Struct(VALUE).put("price", price);
        return change(VALUE, note == null ? value : value.put("note", note));
    }

    private static SourceRecord change(Schema schema, Struct value) {
        return new SourceRecord(
                Map.of(), Map.of("lsn", 0x16B3748L), TOPIC, null, KEY, new Struct(KEY).put("id", 7L), schema, value);
    }

    private static RecordEncoder encoder(UnprocessableChangePolicy onUnprocessableChange) {
        return new RecordEncoder(
                config(onUnprocessableChange),
                catalogue(),
                RegistryAccess.of(URL),
                MAX_RECORD,
                topic -> false,
                (topic, columns, transactionId) -> OlderRows.NULLS);
    }

    private static TopicCatalogue catalogue() {
        return new TopicCatalogue(TopicSettings.DEFAULTS, new AvroSerdes(URL));
    }

    private static CaptureConfig config(UnprocessableChangePolicy onUnprocessableChange) {
        return CaptureConfig.of(
                        Source.S3,
                        new DatabaseLogin("jdbc:postgresql://db.example/store", "waltally", Optional.empty()))
                .withTables(List.of("prices"))
                .withOnUnprocessableChange(onUnprocessableChange);
    }

    private static Object json(byte[] bytes, boolean key) {
        try (JsonConverter converter = new JsonConverter()) {
            converter.configure(Map.of("schemas.enable", true), key);
            return converter.toConnectData(TOPIC, bytes).value();
        }
    }
}

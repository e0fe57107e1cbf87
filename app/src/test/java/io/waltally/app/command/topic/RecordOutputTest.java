package io.waltally.app.command.topic;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.tally.Json;
import io.waltally.app.topic.DecodedRecord;
import io.waltally.app.topic.RecordDecoder;
import io.waltally.app.topic.Transaction;
import io.waltally.schemas.Change;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Operation;
import io.waltally.schemas.Source;
import io.waltally.schemas.cdc.BackendQuotaKey;
import io.waltally.schemas.cdc.BackendQuotaRow;
import io.waltally.schemas.control.SnapshotProgress;
import io.waltally.schemas.control.SnapshotState;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import io.waltally.schemas.serde.AvroSerdes;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicSettings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

/** Records as the stages write them, decoded and printed. */
class RecordOutputTest {
    private static final Instant TIME = Instant.parse("2026-11-22T03:04:05.678Z");

    private final TopicCatalogue topics =
            new TopicCatalogue(TopicSettings.DEFAULTS, new AvroSerdes("mock://record-output"));
    private final RecordDecoder decoder = new RecordDecoder(topics);

    @Test
    void aChangeIsPrintedWithItsTransactionAndItsRows() {
        assertThat(text(change(7, new BackendQuotaRow("b2", 1000L), Optional.of(new Lsn(0x20)))))
                .containsExactly(
                        "s3.public.backend_quotas-1@7  2026-11-22T03:04:05.678Z  update, transaction 812 of epoch 2,"
                                + " ended at 0/20",
                        "  key     {\"backend_name\":\"b2\"}",
                        "  after   {\"backend_name\":\"b2\",\"bytes_limit\":1000}");
        assertThat(text(tombstone()))
                .containsExactly(
                        "s3.public.backend_quotas-1@8  2026-11-22T03:04:05.678Z  tombstone, transaction 812 of epoch 2",
                        "  key     {\"backend_name\":\"b2\"}");
    }

    @Test
    void jsonHasEverythingOfARecordInOneLine() {
        JsonNode item = json(change(7, new BackendQuotaRow("b2", 1000L), Optional.of(new Lsn(0x20))));
        assertThat(item.path("topic").asText()).isEqualTo("s3.public.backend_quotas");
        assertThat(item.path("partition").asInt()).isEqualTo(1);
        assertThat(item.path("offset").asLong()).isEqualTo(7);
        assertThat(item.path("time").asText()).isEqualTo("2026-11-22T03:04:05.678Z");
        assertThat(item.path("tombstone").asBoolean(true)).isFalse();
        assertThat(item.at("/key/backend_name").asText()).isEqualTo("b2");
        assertThat(item.at("/value/after/bytes_limit").asLong()).isEqualTo(1000);
        assertThat(item.at("/headers/waltally.commit-lsn").asText()).isEqualTo("0/20");
        JsonNode tombstone = json(tombstone());
        assertThat(tombstone.path("tombstone").asBoolean()).isTrue();
        assertThat(tombstone.path("value").isNull()).isTrue();
    }

    @Test
    void aTransactionHasIdLsnAndCommitTime() {
        ConsumerRecord<byte[], byte[]> first = change(7, new BackendQuotaRow("b2", 1000L), Optional.empty());
        ConsumerRecord<byte[], byte[]> last = tombstone();
        Transaction transaction = new Transaction(Source.S3, 2, 812, Optional.of(new Lsn(0x20)), List.of(first, last));
        List<DecodedRecord> records =
                transaction.records().stream().map(decoder::decode).toList();
        assertThat(printed(false, output -> output.print(transaction, records)).lines())
                .containsExactly(
                        "transaction 812 of s3, epoch 2, LSN 0/20, committed at 2026-11-22T03:04:05.678901Z, 2 records",
                        "  update    s3.public.backend_quotas {\"backend_name\":\"b2\"}",
                        "    after   {\"backend_name\":\"b2\",\"bytes_limit\":1000}",
                        "  tombstone s3.public.backend_quotas {\"backend_name\":\"b2\"}");
        JsonNode item = Json.parse(printed(true, output -> output.print(transaction, records)));
        assertThat(item.path("transaction_id").asLong()).isEqualTo(812);
        assertThat(item.path("lsn").asText()).isEqualTo("0/20");
        assertThat(item.path("committed_at").asText()).isEqualTo("2026-11-22T03:04:05.678901Z");
        assertThat(item.path("records")).hasSize(2);
        assertThat(Json.parse(printed(
                                true,
                                output -> output.print(
                                        new Transaction(Source.S3, 2, 0, Optional.empty(), List.of(first)),
                                        records.subList(0, 1))))
                        .toString())
                .contains("\"snapshot\":true", "\"transaction_id\":null", "\"lsn\":null");
    }

    @Test
    void controlRecordsAreReadable() {
        Watermark watermark = Watermark.newBuilder()
                .setLsn(0x16B3748L)
                .setEpoch(2)
                .setSystemIdentifier(7L)
                .setTimeline(1)
                .setSlot("waltally_s3")
                .setTransactionId(null)
                .setCommittedAt(TIME)
                .setOffsets(Map.of("s3.public.backend_quotas-1", 9L))
                .setSnapshot(SnapshotProgress.newBuilder()
                        .setState(SnapshotState.COMPLETED)
                        .setRows(3L)
                        .setTables(List.of("backend_quotas"))
                        .build())
                .build();
        ConsumerRecord<byte[], byte[]> record =
                of(topics.watermarks(), new WatermarkKey("s3"), watermark, 5, new RecordHeaders());
        assertThat(json(record).path("value").toString())
                .startsWith("{\"lsn\":\"0/16B3748\",\"epoch\":2,\"system_identifier\":7,\"timeline\":1,"
                        + "\"slot\":\"waltally_s3\",\"transaction_id\":null,"
                        + "\"committed_at\":\"2026-11-22T03:04:05.678Z\",\"offsets\":{\"s3.public.backend_quotas-1\":9},"
                        + "\"snapshot\":{\"state\":\"COMPLETED\",\"rows\":3,\"tables\":[\"backend_quotas\"]");
    }

    @Test
    void deadLettersAreDecodedAsTheTopicThatTheyComeFrom() {
        byte[] event = "{\"type\":\"s3:ObjectCreated:Put\"}".getBytes(StandardCharsets.UTF_8);
        ConsumerRecord<byte[], byte[]> undelivered =
                letter(topics.webhooksDeadLetters().name(), "outbox.notifications", utf8("a\u001b[31m"), event);
        assertThat(text(undelivered))
                .containsExactly(
                        "dlq.webhooks-0@3  2026-11-22T03:04:05.678Z",
                        "  from    outbox.notifications-2@17: refused",
                        "  key     \"a\\u001B[31m\"",
                        "  value   {\"type\":\"s3:ObjectCreated:Put\"}");
        ConsumerRecord<byte[], byte[]> unreadable = letter(
                topics.streamsDeadLetters().name(),
                topics.backendQuotaRows().name(),
                bytes(topics.backendQuotaRows(), new BackendQuotaKey("b2")),
                utf8("garbage"));
        JsonNode item = json(unreadable);
        assertThat(item.at("/key/backend_name").asText()).isEqualTo("b2");
        assertThat(item.path("value").asText()).isEqualTo("Z2FyYmFnZQ==");
        assertThat(item.path("value_unreadable").asText()).contains("not in the Confluent wire format");
        assertThat(text(unreadable)).last().asString().contains("unreadable (", "Z2FyYmFnZQ==");
        ConsumerRecord<byte[], byte[]> ofCapture = letter(
                topics.captureDeadLetters().name(),
                topics.backendQuotaRows().name(),
                utf8("{\"schema\":{\"type\":\"struct\"},\"payload\":{\"backend_name\":\"b2\"}}"),
                utf8("{\"schema\":null,\"payload\":{\"op\":\"c\"}}"));
        assertThat(json(ofCapture).path("key").toString()).isEqualTo("{\"backend_name\":\"b2\"}");
        assertThat(json(ofCapture).path("value").toString()).isEqualTo("{\"op\":\"c\"}");
    }

    private ConsumerRecord<byte[], byte[]> change(long offset, BackendQuotaRow after, Optional<Lsn> commitLsn) {
        RecordHeaders headers = new RecordHeaders();
        new ChangeHeaders(Source.S3, 2, 812, 0x10, 1, commitLsn).addTo(headers);
        return of(
                topics.backendQuotaRows(),
                new BackendQuotaKey("b2"),
                new Change<>(Operation.UPDATE, null, after, TIME.plusNanos(901_000)),
                offset,
                headers);
    }

    private ConsumerRecord<byte[], byte[]> tombstone() {
        RecordHeaders headers = new RecordHeaders();
        new ChangeHeaders(Source.S3, 2, 812, 0x10, 2, Optional.empty()).addTo(headers);
        return of(topics.backendQuotaRows(), new BackendQuotaKey("b2"), null, 8, headers);
    }

    private static <K, V> ConsumerRecord<byte[], byte[]> of(
            Topic<K, V> topic, K key, V value, long offset, Headers headers) {
        return record(
                topic.name(),
                1,
                offset,
                bytes(topic, key),
                value == null ? null : topic.valueSerde().serializer().serialize(topic.name(), value),
                headers);
    }

    private static <K> byte[] bytes(Topic<K, ?> topic, K key) {
        return topic.keySerde().serializer().serialize(topic.name(), key);
    }

    private static ConsumerRecord<byte[], byte[]> letter(String topic, String origin, byte[] key, byte[] value) {
        RecordHeaders headers = new RecordHeaders();
        new DeadLetterHeaders(origin, OptionalInt.of(2), OptionalLong.of(17), "java.lang.Exception", "refused")
                .addTo(headers);
        return record(topic, 0, 3, key, value, headers);
    }

    private static ConsumerRecord<byte[], byte[]> record(
            String topic, int partition, long offset, byte[] key, byte[] value, Headers headers) {
        return new ConsumerRecord<>(
                topic,
                partition,
                offset,
                TIME.toEpochMilli(),
                TimestampType.CREATE_TIME,
                key.length,
                value == null ? 0 : value.length,
                key,
                value,
                headers,
                Optional.empty());
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private List<String> text(ConsumerRecord<byte[], byte[]> record) {
        return printed(false, output -> output.print(decoder.decode(record)))
                .lines()
                .toList();
    }

    private JsonNode json(ConsumerRecord<byte[], byte[]> record) {
        String line = printed(true, output -> output.print(decoder.decode(record)));
        assertThat(line.lines()).hasSize(1);
        return Json.parse(line);
    }

    private static String printed(boolean json, Consumer<RecordOutput> print) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text, true);
        print.accept(new RecordOutput(out, json));
        return text.toString();
    }
}

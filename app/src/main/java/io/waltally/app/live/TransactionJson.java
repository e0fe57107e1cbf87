package io.waltally.app.live;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BinaryNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.waltally.app.topic.DecodedRecord;
import io.waltally.app.topic.RecordDecoder;
import io.waltally.app.topic.Transaction;
import io.waltally.schemas.Change;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Counted;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.topic.TopicCatalogue;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The JSON form of a transaction, with its first rows, and the beginnings of long texts. */
final class TransactionJson {
    /** The limit for one transaction. */
    static final int MAX_ROWS = 20;

    private static final int MAX_TEXT = 200;
    private static final int MAX_ELEMENTS = 20;
    private static final String CUT = "…";

    private static final String DELETED = "d";
    private static final String TRUNCATED = "t";

    private final RecordDecoder decoder;

    TransactionJson(TopicCatalogue topics) {
        decoder = new RecordDecoder(topics);
    }

    ObjectNode of(Transaction transaction) {
        List<ConsumerRecord<byte[], byte[]>> records = rows(transaction);
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("id", id(transaction));
        document.put("source", transaction.source().id());
        document.put("epoch", transaction.epoch());
        document.put("transaction_id", transaction.id());
        document.put("snapshot", transaction.isSnapshot());
        document.put("lsn", transaction.lsn().map(Lsn::toString).orElse(null));
        document.put(
                "committed_at",
                Instant.ofEpochMilli(transaction.records().get(0).timestamp()).toString());
        Map<String, Integer> byTable = new LinkedHashMap<>();
        records.forEach(record -> byTable.merge(table(transaction, record), 1, Integer::sum));
        ObjectNode tables = document.putObject("tables");
        byTable.forEach(tables::put);
        ArrayNode rows = document.putArray("rows");
        records.stream().limit(MAX_ROWS).forEach(record -> rows.add(row(transaction, decoder.decode(record))));
        document.put("rows_left_out", Math.max(0, records.size() - MAX_ROWS));
        return document;
    }

    /** The same from every instance. The parts of a snapshot have one place in the history. */
    private static String id(Transaction transaction) {
        ChangeHeaders first = ChangeHeaders.from(transaction.records().get(0).headers());
        String id = transaction.source().id() + "-" + first.epoch() + "-" + first.sequence();
        return transaction.isSnapshot() ? id + "-" + first.position() : id;
    }

    /**
     * The records of a transaction without the tombstones that follow deletions, and say the same. All others are
     * deletions themselves: of TRUNCATE, and of rows that a snapshot has not found any more.
     */
    private List<ConsumerRecord<byte[], byte[]>> rows(Transaction transaction) {
        List<ConsumerRecord<byte[], byte[]>> rows = new ArrayList<>();
        Map<Key, ConsumerRecord<byte[], byte[]>> last = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : transaction.records()) {
            Key key = Key.of(record);
            ConsumerRecord<byte[], byte[]> before = last.put(key, record);
            if (record.value() != null || before == null || !isDeletion(before)) {
                rows.add(record);
            }
        }
        return rows;
    }

    private boolean isDeletion(ConsumerRecord<byte[], byte[]> record) {
        return record.value() != null
                && decoder.decode(record).value().json().path("op").asText().equals(DELETED);
    }

    /** Identifies a row. */
    private record Key(String topic, ByteBuffer bytes) {
        static Key of(ConsumerRecord<byte[], byte[]> record) {
            return new Key(
                    record.topic(), record.key() == null ? ByteBuffer.allocate(0) : ByteBuffer.wrap(record.key()));
        }
    }

    private static String table(Transaction transaction, ConsumerRecord<byte[], byte[]> record) {
        return record.topic().substring(transaction.source().topicOf("").length());
    }

    private static ObjectNode row(Transaction transaction, DecodedRecord decoded) {
        JsonNode envelope = decoded.value().json();
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        row.put("table", table(transaction, decoded.record()));
        row.put(
                "op",
                decoded.isTombstone()
                        ? transaction.isSnapshot() ? DELETED : TRUNCATED
                        : envelope.path("op").asText("?"));
        row.set("key", cut(decoded.key().json()));
        row.set("before", cut(envelope.path("before")));
        row.set("after", cut(envelope.path("after")));
        return row;
    }

    private static JsonNode cut(JsonNode value) {
        if (value.isObject()) {
            ObjectNode object = JsonNodeFactory.instance.objectNode();
            value.properties().stream()
                    .filter(field ->
                            !Change.UNAVAILABLE_VALUE.equals(field.getValue().textValue()))
                    .forEach(field -> object.set(field.getKey(), cut(field.getValue())));
            return object;
        }
        if (value.isArray()) {
            ArrayNode array = JsonNodeFactory.instance.arrayNode();
            for (int i = 0; i < Math.min(MAX_ELEMENTS, value.size()); i++) {
                array.add(cut(value.get(i)));
            }
            return value.size() > MAX_ELEMENTS ? array.add(CUT) : array;
        }
        if (value instanceof BinaryNode binary) {
            return TextNode.valueOf(Counted.of(binary.binaryValue().length, "byte"));
        }
        if (value.isTextual() && value.asText().length() > MAX_TEXT) {
            int end = value.asText()
                    .offsetByCodePoints(
                            0,
                            Math.min(
                                    MAX_TEXT,
                                    value.asText()
                                            .codePointCount(0, value.asText().length())));
            return TextNode.valueOf(value.asText().substring(0, end) + CUT);
        }
        return value.isMissingNode() ? JsonNodeFactory.instance.nullNode() : value;
    }
}

package io.waltally.app.command.topic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waltally.app.command.common.TerminalText;
import io.waltally.app.topic.Decoded;
import io.waltally.app.topic.DecodedRecord;
import io.waltally.app.topic.Transaction;
import io.waltally.schemas.Counted;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Operation;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.kafka.common.header.Header;

/** Prints records and transactions: JSON objects, one a line, or text. */
final class RecordOutput {
    /** Unreadable bytes are shown up to here in text. */
    private static final int MAX_BASE64 = 80;

    private final PrintWriter out;
    private final boolean json;

    RecordOutput(PrintWriter out, boolean json) {
        this.out = out;
        this.json = json;
    }

    void print(DecodedRecord record) {
        if (json) {
            out.println(item(record));
        } else {
            line(place(record) + "  " + record.time() + kind(record));
            record.deadLetter()
                    .ifPresent(origin -> line("  from    " + origin.topic()
                            + (origin.partition().isPresent()
                                    ? "-" + origin.partition().getAsInt()
                                    : "")
                            + (origin.offset().isPresent()
                                    ? "@" + origin.offset().getAsLong()
                                    : "") + ": "
                            + origin.message()));
            part("key", record.key());
            value(record, "");
        }
    }

    /** @param records the records of the transaction */
    void print(Transaction transaction, List<DecodedRecord> records) {
        Instant committedAt = committedAt(records);
        if (json) {
            ObjectNode item = JsonNodeFactory.instance.objectNode();
            item.put("source", transaction.source().id());
            item.put("epoch", transaction.epoch());
            item.put("snapshot", transaction.isSnapshot());
            if (transaction.isSnapshot()) {
                item.putNull("transaction_id");
            } else {
                item.put("transaction_id", transaction.id());
            }
            item.put("lsn", transaction.lsn().map(Lsn::toString).orElse(null));
            item.put("committed_at", committedAt.toString());
            ArrayNode array = item.putArray("records");
            records.forEach(record -> array.add(item(record)));
            out.println(item);
        } else {
            line((transaction.isSnapshot() ? "snapshot" : "transaction " + transaction.id()) + " of "
                    + transaction.source() + ", epoch " + transaction.epoch() + ", LSN "
                    + transaction.lsn().map(Lsn::toString).orElse("unknown") + ", committed at " + committedAt + ", "
                    + Counted.of(records.size(), "record"));
            records.forEach(record -> {
                line("  " + String.format(Locale.ROOT, "%-9s", operation(record)) + " "
                        + record.record().topic() + " " + text(record.key()));
                if (!record.isTombstone()) {
                    value(record, "  ");
                }
            });
        }
    }

    /** The commit time in microseconds; in milliseconds if all records are tombstones. */
    private static Instant committedAt(List<DecodedRecord> records) {
        return records.stream()
                .map(record -> record.value().json().at("/source/ts_us"))
                .filter(JsonNode::isIntegralNumber)
                .map(micros -> Instant.EPOCH.plus(micros.asLong(), ChronoUnit.MICROS))
                .findFirst()
                .orElseGet(() -> records.get(0).time());
    }

    private static String place(DecodedRecord record) {
        return record.record().topic() + "-" + record.record().partition() + "@"
                + record.record().offset();
    }

    private static String kind(DecodedRecord record) {
        return record.change()
                .map(change -> "  " + operation(record) + ", "
                        + (change.transactionId() == 0 ? "snapshot" : "transaction " + change.transactionId())
                        + " of epoch " + change.epoch()
                        + change.commitLsn().map(lsn -> ", ended at " + lsn).orElse(""))
                .orElse(record.isTombstone() ? "  tombstone" : "");
    }

    private static String operation(DecodedRecord record) {
        if (record.isTombstone()) {
            return "tombstone";
        }
        String code = record.value().json().path("op").asText();
        for (Operation operation : Operation.values()) {
            if (operation.code().equals(code)) {
                return operation.name().toLowerCase(Locale.ROOT);
            }
        }
        return "unreadable";
    }

    private void value(DecodedRecord record, String indent) {
        JsonNode envelope = record.value().json();
        if (record.change().isEmpty() || record.value().failure().isPresent() || !envelope.isObject()) {
            if (!record.isTombstone()) {
                part(indent + "value", record.value());
            }
            return;
        }
        for (String row : List.of("before", "after")) {
            if (envelope.path(row).isObject()) {
                line(indent + "  " + String.format(Locale.ROOT, "%-7s", row) + " " + envelope.path(row));
            }
        }
    }

    private void part(String name, Decoded part) {
        line("  " + String.format(Locale.ROOT, "%-7s", name) + " " + text(part));
    }

    private static String text(Decoded part) {
        Optional<String> failure = part.failure();
        if (failure.isEmpty()) {
            return part.json().toString();
        }
        String base64 = part.json().asText();
        return "unreadable (" + failure.get() + "): "
                + (base64.length() > MAX_BASE64 ? base64.substring(0, MAX_BASE64) + "…" : base64);
    }

    private void line(String text) {
        out.println(TerminalText.of(text));
    }

    private static ObjectNode item(DecodedRecord record) {
        ObjectNode item = JsonNodeFactory.instance.objectNode();
        item.put("topic", record.record().topic());
        item.put("partition", record.record().partition());
        item.put("offset", record.record().offset());
        item.put("time", record.time().toString());
        item.put("tombstone", record.isTombstone());
        item.set("key", record.key().json());
        record.key().failure().ifPresent(failure -> item.put("key_unreadable", failure));
        item.set("value", record.value().json());
        record.value().failure().ifPresent(failure -> item.put("value_unreadable", failure));
        ObjectNode headers = item.putObject("headers");
        for (Header header : record.record().headers()) {
            headers.put(
                    header.key(), header.value() == null ? null : new String(header.value(), StandardCharsets.UTF_8));
        }
        return item;
    }
}

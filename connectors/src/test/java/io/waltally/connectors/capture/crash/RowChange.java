package io.waltally.connectors.capture.crash;

import java.util.Optional;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * One record of a topic of the sync store, as a text that is short enough to keep of hundreds of thousands.
 *
 * @param operation as in the envelope; empty for a tombstone
 * @param content what the row then holds; null after a delete
 */
public record RowChange(
        String topic,
        String key,
        String operation,
        @Nullable String content) {
    public static final String BSOS = "sync.public.bsos";
    public static final String USER_COLLECTIONS = "sync.public.user_collections";
    static final String COLLECTIONS = "sync.public.collections";

    /** What stands for a value that is stored out of line and that the change left as it was. */
    public static final String UNCHANGED = "__debezium_unavailable_value";

    private static final int MAX_UNABRIDGED = 64;

    static RowChange of(ConsumerRecord<GenericRecord, GenericRecord> record) {
        GenericRecord after =
                record.value() == null ? null : (GenericRecord) record.value().get("after");
        return new RowChange(
                record.topic(),
                key(record.topic(), record.key()),
                record.value() == null ? "" : record.value().get("op").toString(),
                after == null ? null : content(record.topic(), after));
    }

    static String key(long user, int collection) {
        return user + "/" + collection;
    }

    static String key(long user, int collection, String id) {
        return key(user, collection) + "/" + id;
    }

    static String bso(@Nullable Integer sortIndex, String payload) {
        return sortIndex + ":" + brief(payload);
    }

    static String userCollection(@Nullable Long count) {
        return "count " + count;
    }

    /** What the row holds after the change, if it held {@code before}. */
    @Nullable
    String after(@Nullable String before) {
        if (content == null || before == null || !content.endsWith(UNCHANGED)) {
            return content;
        }
        return content.substring(0, content.indexOf(':')) + before.substring(before.indexOf(':'));
    }

    boolean isWithoutValue() {
        return content != null && content.endsWith(UNCHANGED);
    }

    /** Whether the column that may be stored out of line has the value that another record of the row has. */
    boolean hasValueOf(RowChange other) {
        return topic.equals(other.topic)
                && key.equals(other.key)
                && !other.isWithoutValue()
                && value().isPresent()
                && value().equals(other.value());
    }

    private Optional<String> value() {
        return Optional.ofNullable(content)
                .filter(text -> text.indexOf(':') >= 0)
                .map(text -> text.substring(text.indexOf(':')));
    }

    /** The same of which only the other columns are compared. */
    RowChange withoutValue() {
        return content == null || content.indexOf(':') < 0
                ? this
                : new RowChange(topic, key, operation, content.substring(0, content.indexOf(':') + 1) + UNCHANGED);
    }

    private static String key(String topic, GenericRecord key) {
        return switch (topic) {
            case BSOS -> key((Long) key.get("user_id"), (Integer) key.get("collection_id"), text(key.get("bso_id")));
            case USER_COLLECTIONS -> key((Long) key.get("user_id"), (Integer) key.get("collection_id"));
            default -> text(key.get("collection_id"));
        };
    }

    private static String content(String topic, GenericRecord row) {
        return switch (topic) {
            case BSOS -> bso((Integer) row.get("sortindex"), text(row.get("payload")));
            case USER_COLLECTIONS -> userCollection((Long) row.get("count"));
            default -> text(row.get("name"));
        };
    }

    private static String text(Object value) {
        return value.toString();
    }

    private static String brief(String payload) {
        return payload.length() <= MAX_UNABRIDGED ? payload : payload.length() + " characters #" + payload.hashCode();
    }
}

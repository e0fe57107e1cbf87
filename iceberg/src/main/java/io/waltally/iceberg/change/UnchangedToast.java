package io.waltally.iceberg.change;

import io.waltally.schemas.Change;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Recognises Debezium's placeholder for a value that PostgreSQL omits from an update because it did not change. */
public final class UnchangedToast {
    private static final String TEXT = Change.UNAVAILABLE_VALUE;
    private static final byte[] BYTES = TEXT.getBytes(StandardCharsets.UTF_8);
    private static final String HSTORE = "{\"" + TEXT + "\":\"" + TEXT + "\"}";

    /** As arrays of text, of bytes, of integers, and of UUIDs. */
    private static final Set<List<?>> LISTS = Set.of(
            List.of(TEXT),
            List.of(ByteBuffer.wrap(BYTES)),
            IntStream.range(0, BYTES.length).mapToObj(i -> (int) BYTES[i]).toList(),
            LongStream.range(0, BYTES.length)
                    .mapToObj(i -> (long) BYTES[(int) i])
                    .toList(),
            List.of(UUID.nameUUIDFromBytes(BYTES).toString()));

    private UnchangedToast() {}

    /** Whether a text is the placeholder. */
    public static boolean isText(String text) {
        return text.equals(TEXT);
    }

    /** Whether an Avro value is the placeholder, in one of its forms. */
    public static boolean is(@Nullable Object value) {
        if (value instanceof CharSequence text) {
            return TEXT.contentEquals(text) || HSTORE.contentEquals(text);
        }
        if (value instanceof ByteBuffer bytes) {
            return bytes.remaining() == BYTES.length && bytes.equals(ByteBuffer.wrap(BYTES));
        }
        if (value instanceof List<?> list && (list.size() == 1 || list.size() == BYTES.length)) {
            return LISTS.contains(list.stream()
                    .map(element -> element instanceof CharSequence text ? text.toString() : element)
                    .toList());
        }
        return false;
    }
}

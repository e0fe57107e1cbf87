package io.waltally.connectors.capture.encoding;

import io.waltally.schemas.Change;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Debezium's placeholder for a TOASTed value that the server omits because it did not change. */
public final class UnchangedToast {
    public static final String TEXT = Change.UNAVAILABLE_VALUE;

    private static final byte[] BYTES = TEXT.getBytes(StandardCharsets.UTF_8);

    /** The placeholder as text, bytea and hstore, and as arrays of them. */
    private static final Set<Object> FORMS = Set.of(
            TEXT,
            ByteBuffer.wrap(BYTES),
            "{\"" + TEXT + "\":\"" + TEXT + "\"}",
            List.of(TEXT),
            List.of(ByteBuffer.wrap(BYTES)),
            IntStream.range(0, BYTES.length).mapToObj(i -> (int) BYTES[i]).collect(Collectors.toList()),
            IntStream.range(0, BYTES.length).mapToObj(i -> (long) BYTES[i]).collect(Collectors.toList()),
            List.of(UUID.nameUUIDFromBytes(BYTES).toString()));

    private UnchangedToast() {}

    public static boolean is(@Nullable Object value) {
        return value instanceof UnrepresentableValue other
                ? other.text().equals(TEXT)
                : value != null && FORMS.contains(comparable(value));
    }

    private static Object comparable(Object value) {
        if (value instanceof byte[] bytes) {
            return ByteBuffer.wrap(bytes);
        }
        if (value instanceof List<?> list && list.size() == 1 && list.get(0) instanceof byte[] bytes) {
            return List.of(ByteBuffer.wrap(bytes));
        }
        return value;
    }
}

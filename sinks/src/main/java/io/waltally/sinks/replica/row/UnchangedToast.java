package io.waltally.sinks.replica.row;

import io.waltally.schemas.Change;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.util.Utf8;

/** Debezium's placeholder for a TOASTed value that an update left as it was, in its forms. */
final class UnchangedToast {
    static final String TEXT = Change.UNAVAILABLE_VALUE;

    private static final byte[] BYTES = TEXT.getBytes(StandardCharsets.UTF_8);
    private static final byte[] HSTORE = ("{\"" + TEXT + "\":\"" + TEXT + "\"}").getBytes(StandardCharsets.UTF_8);

    private UnchangedToast() {}

    static boolean is(Utf8 text) {
        return isText(text, BYTES) || isText(text, HSTORE);
    }

    private static boolean isText(Utf8 text, byte[] form) {
        return text.getByteLength() == form.length
                && Arrays.equals(text.getBytes(), 0, form.length, form, 0, form.length);
    }

    static boolean is(ByteBuffer binary) {
        return binary.remaining() == BYTES.length && binary.equals(ByteBuffer.wrap(BYTES));
    }

    /** The texts that an array of this schema has as a placeholder. */
    static List<byte[]> textsOf(Schema array, ValueText plan) {
        List<byte[]> texts = new ArrayList<>();
        for (List<?> form : arrays(ConnectSchema.valueOf(array.getElementType()).getType())) {
            CopyText text = new CopyText();
            write(array, new GenericData.Array<>(array, form), plan, text);
            texts.add(text.copy(0, text.length()));
        }
        return texts;
    }

    private static List<List<?>> arrays(Schema.Type element) {
        return switch (element) {
            case STRING ->
                List.of(List.of(TEXT), List.of(UUID.nameUUIDFromBytes(BYTES).toString()));
            case BYTES -> List.of(List.of(ByteBuffer.wrap(BYTES)));
            case INT -> List.of(numbers().stream().map(Long::intValue).toList());
            case LONG -> List.of(numbers());
            default -> List.of();
        };
    }

    private static List<Long> numbers() {
        List<Long> numbers = new ArrayList<>();
        for (byte value : BYTES) {
            numbers.add((long) value);
        }
        return numbers;
    }

    /** Writes a value that is already decoded. */
    static void write(Schema schema, Object value, ValueText plan, CopyText out) {
        try {
            ByteArrayOutputStream encoded = new ByteArrayOutputStream();
            BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(encoded, null);
            new GenericDatumWriter<>(schema).write(value, encoder);
            encoder.flush();
            plan.write(DecoderFactory.get().binaryDecoder(encoded.toByteArray(), null), out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

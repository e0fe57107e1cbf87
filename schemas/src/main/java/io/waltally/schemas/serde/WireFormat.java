package io.waltally.schemas.serde;

import java.io.IOException;
import java.util.Optional;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/** The Confluent wire format: a magic byte, the id of a schema in the registry, and an Avro body. */
public final class WireFormat {
    static final byte MAGIC_BYTE = 0;
    static final int PREFIX_BYTES = 1 + Integer.BYTES;

    static {
        GeneratedClasses.trust();
    }

    private WireFormat() {}

    /** Whether the bytes begin as the format does; many others do so by chance. */
    public static boolean isPossible(byte @Nullable [] bytes) {
        return bytes != null && bytes.length >= PREFIX_BYTES && bytes[0] == MAGIC_BYTE;
    }

    /**
     * Decodes bytes that were written with the present schema of a generated class, whatever the registry has under their
     * id.
     *
     * @return empty if they are no such record
     */
    public static <T extends SpecificRecord> Optional<T> bodyAs(Class<T> type, byte @Nullable [] bytes) {
        if (bytes == null || !isPossible(bytes)) {
            return Optional.empty();
        }
        BinaryDecoder decoder =
                DecoderFactory.get().binaryDecoder(bytes, PREFIX_BYTES, bytes.length - PREFIX_BYTES, null);
        try {
            T record = new SpecificDatumReader<T>(SpecificData.get().getSchema(type)).read(null, decoder);
            return decoder.isEnd() ? Optional.of(record) : Optional.empty();
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }
}

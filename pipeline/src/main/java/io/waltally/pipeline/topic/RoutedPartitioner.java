package io.waltally.pipeline.topic;

import io.waltally.schemas.Routing;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.processor.StreamPartitioner;

/** Partitions as the catalogue routes. Also tells a query which instance has a key. */
public final class RoutedPartitioner<K extends SpecificRecord, V> implements StreamPartitioner<K, V> {
    private final Routing routing;

    public RoutedPartitioner(Routing routing) {
        this.routing = routing;
    }

    @Override
    public Optional<Set<Integer>> partitions(String topic, K key, V value, int partitions) {
        return Optional.of(Set.of(partition(body(key), partitions)));
    }

    /** The partition of an Avro body. */
    public static int partition(byte[] body, int partitions) {
        return Utils.toPositive(Utils.murmur2(body)) % partitions;
    }

    private byte[] body(K key) {
        Schema schema = key.getSchema();
        Object routed = key;
        if (routing.column().isPresent()) {
            Schema.Field column = schema.getField(routing.column().get());
            routed = key.get(column.pos());
            schema = column.schema();
        }
        return encode(routed, schema);
    }

    private static byte[] encode(Object value, Schema schema) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
        try {
            new SpecificDatumWriter<>(schema).write(value, encoder);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        return bytes.toByteArray();
    }
}

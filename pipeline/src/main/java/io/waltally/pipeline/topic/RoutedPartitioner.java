package io.waltally.pipeline.topic;

import io.waltally.pipeline.state.AvroBody;
import io.waltally.schemas.topic.Routing;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.processor.StreamPartitioner;

/** Partitions records as the catalogue routes them. Queries use it too, to find the instance that has a key. */
public final class RoutedPartitioner<K extends SpecificRecord, V> implements StreamPartitioner<K, V> {
    private final Routing routing;

    public RoutedPartitioner(Routing routing) {
        this.routing = routing;
    }

    @Override
    public Optional<Set<Integer>> partitions(String topic, K key, V value, int partitions) {
        return Optional.of(Set.of(partition(body(key), partitions)));
    }

    /** The partition of an Avro-encoded key. */
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
        return AvroBody.of(routed, schema);
    }
}

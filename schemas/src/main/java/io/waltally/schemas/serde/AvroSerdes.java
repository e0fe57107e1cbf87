package io.waltally.schemas.serde;

import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.waltally.schemas.Change;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;

/** Serdes in the Confluent wire format, with Confluent's serializers, for one registry. */
public final class AvroSerdes {
    static {
        GeneratedClasses.trust();
    }

    private final RegistryAccess registry;

    public AvroSerdes(RegistryAccess registry) {
        this.registry = registry;
    }

    /** With {@link RegistryAccess#of}. */
    public AvroSerdes(String registryUrl) {
        this(RegistryAccess.of(registryUrl));
    }

    /** For a generated class: its schema writes and reads, whatever the name of the writer's schema. */
    public <T extends SpecificRecord> Serde<T> of(Class<T> type, boolean isKey) {
        Schema schema = SpecificData.get().getSchema(type);
        KafkaAvroSerializer serializer = registry.serializer(isKey);
        AvroReader<T> reader = new AvroReader<>(type, schema, registry, isKey);
        Deserializer<T> deserializer = (topic, bytes) -> bytes == null ? null : reader.read(topic, bytes);
        return new SpecificSerde<>(schema, serializer::serialize, deserializer);
    }

    /**
     * Reads records of any schema with the one that wrote them, into Avro's generic form. Throws {@code
     * SerializationException} for bytes that are not such a record, {@code TimeoutException} if the registry does not
     * answer.
     */
    public Deserializer<Object> generic(boolean isKey) {
        AvroReader<Object> reader = AvroReader.generic(registry, isKey);
        return (topic, bytes) -> bytes == null ? null : reader.read(topic, bytes);
    }

    /** For Debezium's envelope of rows that are read as {@code R}. */
    public <R extends SpecificRecord> Serde<Change<R>> changes(Class<R> rowType) {
        return new ChangeSerde<>(rowType, registry);
    }
}

package io.waltally.schemas.serde;

import org.apache.avro.Schema;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;

/** The serde of a generated class, and the schema that it writes. */
public record SpecificSerde<T>(Schema schema, Serializer<T> serializer, Deserializer<T> deserializer)
        implements Serde<T> {}

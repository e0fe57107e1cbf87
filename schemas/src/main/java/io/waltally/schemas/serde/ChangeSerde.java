package io.waltally.schemas.serde;

import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.waltally.schemas.Change;
import io.waltally.schemas.Operation;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Reads Debezium's envelope with a reader schema of the fields that topologies need: the columns of {@code R}, {@code
 * op} and the commit time. Columns that were added at the source are skipped; removed ones take their default.
 */
final class ChangeSerde<R extends SpecificRecord> implements Serde<Change<R>> {
    private static final int BEFORE = 0;
    private static final int AFTER = 1;
    private static final int OP = 2;
    private static final int SOURCE = 3;
    private static final int COMMIT_MICROS = 0;

    private final Class<R> rowType;
    final Schema envelope;
    private final Schema source;
    private final KafkaAvroSerializer serializer;
    private final AvroReader<IndexedRecord> reader;

    ChangeSerde(Class<R> rowType, RegistryAccess registry) {
        this.rowType = rowType;
        Schema row = SpecificData.get().getSchema(rowType);
        this.source = SchemaBuilder.record("Source")
                .namespace("io.waltally.envelope")
                .fields()
                .requiredLong("ts_us")
                .endRecord();
        this.envelope = SchemaBuilder.record("Envelope")
                .namespace("io.waltally.envelope")
                .fields()
                .name("before")
                .type()
                .unionOf()
                .nullType()
                .and()
                .type(row)
                .endUnion()
                .nullDefault()
                .name("after")
                .type()
                .unionOf()
                .nullType()
                .and()
                .type(row)
                .endUnion()
                .nullDefault()
                .requiredString("op")
                .name("source")
                .type(source)
                .noDefault()
                .endRecord();
        this.serializer = registry.serializer(false);
        this.reader = new AvroReader<>(IndexedRecord.class, envelope, registry, false);
    }

    @Override
    public Serializer<Change<R>> serializer() {
        return (topic, change) -> change == null ? null : serializer.serialize(topic, toEnvelope(change));
    }

    private GenericData.Record toEnvelope(Change<R> change) {
        GenericData.Record from = new GenericData.Record(source);
        from.put(COMMIT_MICROS, ChronoUnit.MICROS.between(Instant.EPOCH, change.committedAt()));
        GenericData.Record record = new GenericData.Record(envelope);
        record.put(BEFORE, change.before());
        record.put(AFTER, change.after());
        record.put(OP, change.operation().code());
        record.put(SOURCE, from);
        return record;
    }

    @Override
    public Deserializer<Change<R>> deserializer() {
        return (topic, bytes) -> bytes == null ? null : fromEnvelope(topic, bytes);
    }

    private Change<R> fromEnvelope(String topic, byte[] bytes) {
        IndexedRecord record = reader.read(topic, bytes);
        try {
            return new Change<>(
                    Operation.of((CharSequence) record.get(OP)),
                    rowType.cast(record.get(BEFORE)),
                    rowType.cast(record.get(AFTER)),
                    committedAt((IndexedRecord) record.get(SOURCE)));
        } catch (IllegalArgumentException e) {
            throw new SerializationException("topic " + topic + ": " + e.getMessage(), e);
        }
    }

    private static Instant committedAt(IndexedRecord from) {
        return Instant.EPOCH.plus((long) from.get(COMMIT_MICROS), ChronoUnit.MICROS);
    }

    @Override
    public void close() {
        serializer.close();
        reader.close();
    }
}

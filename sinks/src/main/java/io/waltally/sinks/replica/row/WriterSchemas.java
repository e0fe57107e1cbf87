package io.waltally.sinks.replica.row;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaMetadata;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.waltally.schemas.serde.KeySchema;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.schemas.serde.RegistryFailures;
import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TargetException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.avro.Schema;
import org.apache.kafka.common.errors.SerializationException;

/** The schemas with which records were written, from the registry. */
public final class WriterSchemas {
    private static final byte MAGIC = 0;

    private final SchemaRegistryClient registry;
    private final String url;
    private final Map<Integer, RowPlan> keys = new HashMap<>();
    private final Map<Integer, RowPlan> envelopes = new HashMap<>();

    /** By topic and id of a key schema. */
    private final Map<String, Map<Integer, Boolean>> superseded = new HashMap<>();

    public WriterSchemas(RegistryAccess registry) {
        this.url = registry.url();
        this.registry = registry.client();
    }

    /** The plan that reads a key. */
    public RowPlan ofKey(byte[] key) {
        return plan(keys, key, RowPlan::ofKey);
    }

    /** The plan that reads an envelope. */
    public RowPlan ofEnvelope(byte[] value) {
        return plan(envelopes, value, RowPlan::ofEnvelope);
    }

    /** The plan of the keys that are written last; empty if none was written yet. */
    public Optional<RowPlan> latestKey(String topic) {
        return latest(keys, topic + "-key", RowPlan::ofKey);
    }

    /** The plan of the envelopes that are written last; empty if none was written yet. */
    public Optional<RowPlan> latestEnvelope(String topic) {
        return latest(envelopes, topic + "-value", RowPlan::ofEnvelope);
    }

    /**
     * Whether an epoch has published all rows again under another primary key since the key was written. Such a record
     * says nothing of the rows of today, and may come after theirs, from another partition.
     */
    public boolean isSuperseded(String topic, byte[] key) {
        int id = id(key);
        Boolean known = superseded.getOrDefault(topic, Map.of()).get(id);
        return known == null ? askWhetherSuperseded(topic, id) : known;
    }

    /** A schema that was not seen before may be the one that supersedes the others. */
    private boolean askWhetherSuperseded(String topic, int id) {
        Optional<Schema> latest = latest(topic + "-key").map(version -> schema(version.getId()));
        Set<Integer> ids =
                new HashSet<>(superseded.getOrDefault(topic, Map.of()).keySet());
        ids.add(id);
        Map<Integer, Boolean> asked = new HashMap<>();
        for (int each : ids) {
            asked.put(each, latest.isPresent() && KeySchema.isSuperseded(schema(each), latest.get()));
        }
        superseded.put(topic, asked);
        return asked.get(id);
    }

    private RowPlan plan(Map<Integer, RowPlan> plans, byte[] bytes, Function<Schema, RowPlan> compile) {
        return plan(plans, id(bytes), compile);
    }

    private static int id(byte[] bytes) {
        if (bytes.length < RowPlan.PREFIX_BYTES || bytes[0] != MAGIC) {
            throw new TargetException(Kind.REFUSED, "the record is not in the Confluent wire format");
        }
        return ByteBuffer.wrap(bytes).getInt(1);
    }

    private RowPlan plan(Map<Integer, RowPlan> plans, int id, Function<Schema, RowPlan> compile) {
        RowPlan known = plans.get(id);
        if (known != null) {
            return known;
        }
        Schema schema = schema(id);
        try {
            RowPlan compiled = compile.apply(schema);
            plans.put(id, compiled);
            return compiled;
        } catch (IllegalArgumentException e) {
            throw new TargetException(Kind.REFUSED, "schema " + id + ": " + e.getMessage(), e);
        }
    }

    private Schema schema(int id) {
        try {
            if (registry.getSchemaById(id) instanceof AvroSchema avro) {
                return avro.rawSchema();
            }
            throw new TargetException(Kind.REFUSED, "schema " + id + " is not Avro");
        } catch (IllegalArgumentException | SerializationException e) {
            throw new TargetException(Kind.REFUSED, "schema " + id + ": " + e.getMessage(), e);
        } catch (RestClientException e) {
            if (RegistryFailures.isUnknown(e)) {
                throw new TargetException(Kind.REFUSED, url + " has no schema " + id + " of the record", e);
            }
            throw unavailable(e);
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    private Optional<RowPlan> latest(Map<Integer, RowPlan> plans, String subject, Function<Schema, RowPlan> compile) {
        return latest(subject).map(latest -> plan(plans, latest.getId(), compile));
    }

    private Optional<SchemaMetadata> latest(String subject) {
        try {
            return Optional.of(registry.getLatestSchemaMetadata(subject));
        } catch (RestClientException e) {
            if (RegistryFailures.isUnknown(e)) {
                return Optional.empty();
            }
            throw unavailable(e);
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    private TargetException unavailable(Exception cause) {
        return new TargetException(
                Kind.UNAVAILABLE, "schema registry " + url + ": " + RegistryFailures.reason(cause), cause);
    }
}

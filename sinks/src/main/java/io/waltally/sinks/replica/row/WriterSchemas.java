package io.waltally.sinks.replica.row;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.schemas.serde.RegistryFailures;
import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TargetException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
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

    private RowPlan plan(Map<Integer, RowPlan> plans, byte[] bytes, Function<Schema, RowPlan> compile) {
        if (bytes.length < RowPlan.PREFIX_BYTES || bytes[0] != MAGIC) {
            throw new TargetException(Kind.REFUSED, "the record is not in the Confluent wire format");
        }
        return plan(plans, ByteBuffer.wrap(bytes).getInt(1), compile);
    }

    private RowPlan plan(Map<Integer, RowPlan> plans, int id, Function<Schema, RowPlan> compile) {
        RowPlan known = plans.get(id);
        if (known != null) {
            return known;
        }
        try {
            if (!(registry.getSchemaById(id) instanceof AvroSchema avro)) {
                throw new TargetException(Kind.REFUSED, "schema " + id + " is not Avro");
            }
            RowPlan compiled = compile.apply(avro.rawSchema());
            plans.put(id, compiled);
            return compiled;
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
        try {
            return Optional.of(
                    plan(plans, registry.getLatestSchemaMetadata(subject).getId(), compile));
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

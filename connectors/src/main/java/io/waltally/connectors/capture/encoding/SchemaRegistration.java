package io.waltally.connectors.capture.encoding;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaMetadata;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.waltally.connectors.capture.error.NewEpochRemedy;
import io.waltally.connectors.capture.error.SchemaRefusedException;
import io.waltally.schemas.Source;
import io.waltally.schemas.serde.ColumnConflict;
import io.waltally.schemas.serde.KeySchema;
import io.waltally.schemas.serde.RegistryFailures;
import io.waltally.schemas.serde.TableReader;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.avro.JsonProperties;
import org.apache.avro.Schema;
import org.apache.kafka.common.errors.SerializationException;

/**
 * Registers the schemas of cdc topics before anything is written with them. Refuses schemas that the topologies could
 * not read.
 *
 * <p>A new subject gets compatibility BACKWARD; that of an existing one is left to its owner. The compatibility is
 * requested per subject, because NONE on a subject does not overrule a global rule in every registry (Apicurio removes
 * the subject's own).
 */
final class SchemaRegistration {
    private static final String BACKWARD = "BACKWARD";
    private static final String NONE = "NONE";
    /** Status codes about what was sent: bad request, too large, unsupported, unprocessable. */
    private static final Set<Integer> NOT_UNDERSTOOD = Set.of(400, 413, 415, 422);

    private static final int NO_ID = -1;

    /** Attributes of a column's type that have no effect on the bytes of a key. */
    private static final Set<String> NO_PART_OF_A_KEY = Set.of("connect.default", "connect.doc");

    private final Source source;
    private final SchemaRegistryClient registry;
    private final String registryUrl;
    private final Function<String, Optional<TableReader>> readers;
    private final Predicate<String> unwritten;
    private final boolean dryRun;
    private final Map<String, Key> keys = new HashMap<>();

    private record Key(int id, Schema schema) {}

    /**
     * @param readers reader of a topic's table
     * @param unwritten whether a topic has no record of the epoch yet, so that its key schema may differ from that before
     * @param dryRun whether to test only if the registry would take a schema; ids are then of no use
     */
    SchemaRegistration(
            Source source,
            SchemaRegistryClient registry,
            String registryUrl,
            Function<String, Optional<TableReader>> readers,
            Predicate<String> unwritten,
            boolean dryRun) {
        this.source = source;
        this.registry = registry;
        this.registryUrl = registryUrl;
        this.readers = readers;
        this.unwritten = unwritten;
        this.dryRun = dryRun;
    }

    /** The table of a topic, as commands name it. */
    String tableOf(String topic) {
        return source + "." + topic.substring(source.topicOf("").length());
    }

    /**
     * Returns the id under which keys with this schema are written. It is that of the latest version if only defaults
     * differ, because equal keys must have equal bytes.
     *
     * @throws SchemaRefusedException if a topology could not read it, if the key has changed, or if the registry
     *     refuses it
     * @throws SerializationException if the registry does not answer
     */
    int registerKey(String topic, Schema schema) {
        readers.apply(topic).ifPresent(reader -> requireNone(reader.conflictsOfKey(schema)));
        Key key = keys.get(topic);
        if (key == null) {
            key = firstKey(topic, schema);
            keys.put(topic, key);
        }
        if (!sameKey(key.schema(), schema)) {
            throw new SchemaRefusedException(
                    "primary key was (" + columns(key.schema()) + ") and is (" + columns(schema) + ")",
                    "Rows under the new key cannot be matched with those under the old one. Take a new snapshot: "
                            + NewEpochRemedy.command(source));
        }
        return key.id();
    }

    /** The id of the latest version, unless all rows are published with another one in this epoch. */
    private Key firstKey(String topic, Schema schema) {
        String subject = topic + "-key";
        Optional<SchemaMetadata> latest = latest(subject);
        if (latest.isPresent()) {
            Schema before = parse(subject, latest.get());
            if (!unwritten.test(topic) || sameKey(before, schema)) {
                return new Key(latest.get().getId(), before);
            }
            // A version that was the key before has to become the latest one again.
            KeySchema.supersede(schema, latest.get().getVersion());
        }
        return new Key(register(subject, schema, latest), schema);
    }

    /**
     * Returns the id under which envelopes with this schema are written.
     *
     * @throws SchemaRefusedException.NotUnderstood if the registry cannot parse the schema
     * @throws SchemaRefusedException if a topology could not read it, or the registry refuses it
     * @throws SerializationException if the registry does not answer
     */
    int registerEnvelope(String topic, Schema schema) {
        readers.apply(topic).ifPresent(reader -> requireNone(reader.conflictsOfEnvelope(schema)));
        String subject = topic + "-value";
        return register(subject, schema, latest(subject));
    }

    /**
     * The envelope of a topic's latest version.
     *
     * @throws SchemaRefusedException if that is no schema of rows
     * @throws SerializationException if the registry does not answer
     */
    Optional<Schema> latestEnvelope(String topic) {
        String subject = topic + "-value";
        return latest(subject).map(version -> parse(subject, version));
    }

    private void requireNone(List<ColumnConflict> conflicts) {
        if (!conflicts.isEmpty()) {
            throw new SchemaRefusedException(
                    list(conflicts) + " by topologies",
                    "Changes with that schema cannot be read. Give the column back as it was, or use a version of"
                            + " waltally that reads it as it is, and take a new snapshot: "
                            + NewEpochRemedy.command(source));
        }
    }

    private int register(String subject, Schema schema, Optional<SchemaMetadata> latest) {
        try {
            if (dryRun) {
                return test(subject, schema, latest);
            }
            if (latest.isEmpty()) {
                registry.updateCompatibility(subject, BACKWARD);
            }
            return registry.register(subject, new AvroSchema(schema));
        } catch (RestClientException e) {
            if (e.getStatus() == HttpURLConnection.HTTP_CONFLICT) {
                throw refusedByRegistry(subject, schema, latest, e.getMessage());
            }
            if (NOT_UNDERSTOOD.contains(e.getStatus())) {
                throw new SchemaRefusedException.NotUnderstood(
                        "the schema registry does not take it as a schema (" + e.getMessage() + ", subject " + subject
                                + "); since the last version, " + difference(subject, latest, schema),
                        "Change the column, or leave the table out of the configured tables; then waltally resume "
                                + source);
            }
            throw failed(subject, e);
        } catch (IOException e) {
            throw failed(subject, e);
        }
    }

    /** A first version has nothing to be compatible with, and one that is registered already is not tested again. */
    private int test(String subject, Schema schema, Optional<SchemaMetadata> latest)
            throws IOException, RestClientException {
        AvroSchema tested = new AvroSchema(schema);
        try {
            if (latest.isPresent() && !isRegistered(subject, tested) && !registry.testCompatibility(subject, tested)) {
                throw refusedByRegistry(subject, schema, latest, "versions of the subject are not compatible");
            }
        } catch (RestClientException e) {
            if (e.getStatus() != HttpURLConnection.HTTP_FORBIDDEN) {
                throw e;
            }
            // Only registering is permitted.
        }
        return NO_ID;
    }

    private boolean isRegistered(String subject, AvroSchema schema) throws IOException, RestClientException {
        try {
            registry.getId(subject, schema);
            return true;
        } catch (RestClientException e) {
            if (e.getStatus() == HttpURLConnection.HTTP_NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    private SchemaRefusedException refusedByRegistry(
            String subject, Schema schema, Optional<SchemaMetadata> latest, String refusal) {
        List<ColumnConflict> conflicts = latest.map(version -> parse(subject, version))
                .map(before -> ColumnConflict.between(schema, before))
                .orElse(List.of());
        String scope = NONE.equals(compatibility(subject)) ? "" : "/" + subject;
        return new SchemaRefusedException(
                conflicts.isEmpty()
                        ? refusal + " (refused by the schema registry, subject " + subject
                                + "); since the last version, " + difference(subject, latest, schema)
                        : list(conflicts) + " by consumers (refused by the schema registry, subject " + subject + ")",
                "If the topic's consumers can read it, allow it: PUT " + registryUrl + "/config" + scope
                        + " {\"compatibility\":\"NONE\"}, then waltally resume " + source);
    }

    /**
     * The compatibility of the subject itself. A registry that refuses a schema although this is NONE applies its
     * global one.
     */
    private String compatibility(String subject) {
        try {
            return registry.getCompatibility(subject);
        } catch (RestClientException e) {
            if (e.getStatus() == HttpURLConnection.HTTP_NOT_FOUND) {
                return BACKWARD;
            }
            throw failed(subject, e);
        } catch (IOException e) {
            throw failed(subject, e);
        }
    }

    private Optional<SchemaMetadata> latest(String subject) {
        try {
            return Optional.of(registry.getLatestSchemaMetadata(subject));
        } catch (RestClientException e) {
            if (e.getStatus() == HttpURLConnection.HTTP_NOT_FOUND) {
                return Optional.empty();
            }
            throw failed(subject, e);
        } catch (IOException e) {
            throw failed(subject, e);
        }
    }

    private static SerializationException failed(String subject, Exception cause) {
        return new SerializationException("subject " + subject + ": " + RegistryFailures.reason(cause), cause);
    }

    private static Schema parse(String subject, SchemaMetadata version) {
        if (AvroSchema.TYPE.equals(version.getSchemaType())) {
            Schema schema = new Schema.Parser().parse(version.getSchema());
            if (schema.getType() == Schema.Type.RECORD) {
                return schema;
            }
        }
        throw new SchemaRefusedException(
                "the latest version of subject " + subject + " is no schema of a table",
                "Give waltally a registry, or subjects, of its own, or delete the subject if nothing else uses it");
    }

    private static String list(List<ColumnConflict> conflicts) {
        return conflicts.stream().map(ColumnConflict::toString).collect(Collectors.joining(", "));
    }

    private static String difference(String subject, Optional<SchemaMetadata> latest, Schema schema) {
        if (latest.isEmpty()) {
            return "there is no earlier version";
        }
        Schema before = ColumnConflict.row(parse(subject, latest.get()));
        Schema now = ColumnConflict.row(schema);
        List<String> changes = new ArrayList<>();
        for (Schema.Field column : now.getFields()) {
            Schema.Field known = before.getField(column.name());
            String type = ColumnConflict.describe(column.schema())
                    + (column.hasDefaultValue() ? " with default " + shown(column.defaultVal()) : "");
            if (known == null) {
                changes.add("column " + column.name() + " was added as " + type);
            } else if (!known.equals(column)) {
                changes.add("column " + column.name() + " was " + ColumnConflict.describe(known.schema()) + " and is "
                        + type);
            }
        }
        before.getFields().stream()
                .filter(column -> now.getField(column.name()) == null)
                .forEach(column -> changes.add("column " + column.name() + " was removed"));
        return changes.isEmpty() ? "no column has changed" : String.join(", ", changes);
    }

    private static String shown(Object value) {
        return value == JsonProperties.NULL_VALUE ? "null" : value.toString();
    }

    private static boolean sameKey(Schema one, Schema other) {
        return parts(one).equals(parts(other));
    }

    private static List<Map<String, Object>> parts(Schema key) {
        return key.getFields().stream()
                .map(field -> {
                    Map<String, Object> parts = new HashMap<>(field.schema().getObjectProps());
                    parts.keySet().removeAll(NO_PART_OF_A_KEY);
                    parts.put("name", field.name());
                    parts.put("type", field.schema().getType());
                    return parts;
                })
                .toList();
    }

    private static String columns(Schema key) {
        return key.getFields().stream()
                .map(field -> field.name() + " " + ColumnConflict.describe(field.schema()))
                .collect(Collectors.joining(", "));
    }
}

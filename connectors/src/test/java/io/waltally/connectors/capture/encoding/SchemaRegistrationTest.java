package io.waltally.connectors.capture.encoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.ParsedSchema;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.waltally.connectors.capture.error.SchemaRefusedException;
import io.waltally.schemas.Source;
import io.waltally.schemas.serde.AvroSerdes;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicSettings;
import java.io.IOException;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaRegistrationTest {
    private static final String TOPIC = "sync.public.notes";
    private static final String URL = "mock://schema-registration";

    private @Nullable RestClientException refusal;

    private final SchemaRegistryClient registry = new MockSchemaRegistryClient() {
        @Override
        public int register(String subject, ParsedSchema schema) throws IOException, RestClientException {
            if (refusal != null) {
                throw refusal;
            }
            return super.register(subject, schema);
        }
    };

    @Test
    void aNewSubjectIsBackwardCompatibleUnlessItsOwnerWantsItOtherwise() throws Exception {
        running(false).registerEnvelope(TOPIC, key("{'name': 'id', 'type': 'long'}"));
        assertThat(registry.getCompatibility(TOPIC + "-value")).isEqualTo("BACKWARD");
        registry.updateCompatibility(TOPIC + "-value", "NONE");
        running(false).registerEnvelope(TOPIC, key("{'name': 'id', 'type': 'int'}"));
        assertThat(registry.getCompatibility(TOPIC + "-value")).isEqualTo("NONE");
    }

    @Test
    void keysThatDifferInDefaultsOnlyAreTheSameKey() {
        int id = running(false).registerKey(TOPIC, key("{'name': 'id', 'type': 'long'}"));
        Schema withDefault = key("{'name': 'id', 'type': {'type': 'long', 'connect.default': 5}, 'default': 5}");
        assertThat(running(false).registerKey(TOPIC, withDefault)).isEqualTo(id);
    }

    @Test
    void anotherKeyIsRefusedWithinAnEpoch() {
        Schema before = key("{'name': 'id', 'type': 'long'}, {'name': 'part', 'type': 'int'}");
        running(false).registerKey(TOPIC, before);
        for (String fields : new String[] {
            "{'name': 'id', 'type': 'long'}",
            "{'name': 'id', 'type': 'int'}, {'name': 'part', 'type': 'int'}",
            "{'name': 'part', 'type': 'int'}, {'name': 'id', 'type': 'long'}",
            "{'name': 'id', 'type': {'type': 'long', 'connect.name': 'io.debezium.time.MicroTimestamp'}},"
                    + " {'name': 'part', 'type': 'int'}",
        }) {
            assertThatThrownBy(() -> running(false).registerKey(TOPIC, key(fields)))
                    .isInstanceOf(SchemaRefusedException.class)
                    .hasMessageStartingWith("primary key was (id long, part int) and is (");
        }
    }

    @Test
    void newEpochMayRegisterAnotherOrAnEarlierKeySchema() throws Exception {
        String one = "{'name': 'id', 'type': 'long'}";
        String other = "{'name': 'id', 'type': 'int'}";
        running(true).registerKey(TOPIC, key(one));
        SchemaRegistration second = running(true);
        int id = second.registerKey(TOPIC, key(other));
        assertThat(second.registerKey(TOPIC, key(other))).isEqualTo(id);
        assertThatThrownBy(() -> second.registerKey(TOPIC, key(one))).isInstanceOf(SchemaRefusedException.class);
        int again = running(true).registerKey(TOPIC, key(one));
        assertThat(running(false).registerKey(TOPIC, key(one))).isEqualTo(again);
        assertThat(registry.getAllVersions(TOPIC + "-key")).hasSize(3);
    }

    @Test
    void aKeyThatTopologiesCannotReadIsRefused() throws Exception {
        assertThatThrownBy(() -> running(false)
                        .registerKey("sync.public.collections", key("{'name': 'collection_id', 'type': 'string'}")))
                .isInstanceOf(SchemaRefusedException.class)
                .hasMessage("column collection_id is string, and is read as int by topologies");
        assertThat(registry.getAllSubjects()).isEmpty();
    }

    /** As by a rule of its own, which is none of how consumers read columns. */
    @Test
    void aRefusalThatNoColumnExplainsSaysWhatHasChanged() {
        running(false).registerEnvelope(TOPIC, envelope("{'name': 'id', 'type': 'long'}"));
        refusal = new RestClientException("rule forbids it", 409, 40901);
        assertThatThrownBy(() -> running(false)
                        .registerEnvelope(
                                TOPIC,
                                envelope("{'name': 'id', 'type': 'long'},"
                                        + " {'name': 'note', 'type': ['null', 'string'], 'default': null}")))
                .isInstanceOf(SchemaRefusedException.class)
                .hasMessageContainingAll(
                        "rule forbids it",
                        "subject " + TOPIC + "-value",
                        "since the last version, column note was added as nullable string with default null");
    }

    /** Another form of the schema is tried then. */
    @ParameterizedTest
    @ValueSource(ints = {400, 413, 415, 422})
    void aSchemaThatTheRegistryDoesNotTakeIsExplainedByItsChanges(int status) {
        running(false).registerEnvelope(TOPIC, envelope("{'name': 'id', 'type': 'long'}"));
        refusal = new RestClientException("no", status, status);
        assertThatThrownBy(() -> running(false).registerEnvelope(TOPIC, envelope("{'name': 'id', 'type': 'double'}")))
                .isInstanceOf(SchemaRefusedException.NotUnderstood.class)
                .hasMessageContainingAll(
                        "subject " + TOPIC + "-value", "since the last version, column id was long and is double");
    }

    @Test
    void aSubjectOfSomethingElseIsRefused() throws Exception {
        registry.register(TOPIC + "-value", new AvroSchema("\"bytes\""));
        assertThatThrownBy(() -> running(false).latestEnvelope(TOPIC))
                .isInstanceOf(SchemaRefusedException.class)
                .hasMessage("the latest version of subject " + TOPIC + "-value is no schema of a table");
    }

    @Test
    void aDryRunRefusesAsARegistrationDoesAndRegistersNothing() throws Exception {
        // Given
        Schema first = envelope("{'name': 'id', 'type': 'long'}");
        Schema second = envelope("{'name': 'id', 'type': 'long'}, {'name': 'n', 'type': 'int', 'default': 0}");
        Schema incompatible = envelope("{'name': 'id', 'type': 'string'}");
        SchemaRegistration dryRun = registration(false, true);
        // When nothing is registered
        dryRun.registerKey(TOPIC, key("{'name': 'id', 'type': 'long'}"));
        dryRun.registerEnvelope(TOPIC, first);
        // Then
        assertThat(registry.getAllSubjects()).isEmpty();
        // When there is a version
        running(false).registerEnvelope(TOPIC, first);
        dryRun.registerEnvelope(TOPIC, second);
        // Then
        assertThatThrownBy(() -> dryRun.registerEnvelope(TOPIC, incompatible))
                .isInstanceOf(SchemaRefusedException.class)
                .hasMessage(
                        "column id is long, and is read as string by consumers (refused by the schema registry, subject "
                                + TOPIC + "-value)");
        assertThat(registry.getAllVersions(TOPIC + "-value")).hasSize(1);
        // An earlier version is registered, and so taken
        registry.updateCompatibility(TOPIC + "-value", "NONE");
        running(false).registerEnvelope(TOPIC, incompatible);
        registry.updateCompatibility(TOPIC + "-value", "BACKWARD");
        dryRun.registerEnvelope(TOPIC, first);
    }

    private static Schema envelope(String columns) {
        return record(
                "Envelope",
                "{'name': 'after', 'type': ['null', {'type': 'record', 'name': 'Value', 'fields': [" + columns
                        + "]}], 'default': null}");
    }

    private SchemaRegistration running(boolean newEpoch) {
        return registration(newEpoch, false);
    }

    private SchemaRegistration registration(boolean newEpoch, boolean dryRun) {
        TopicCatalogue catalogue = new TopicCatalogue(TopicSettings.DEFAULTS, new AvroSerdes(URL));
        return new SchemaRegistration(Source.SYNC, registry, URL, catalogue::readerOf, topic -> newEpoch, dryRun);
    }

    private static Schema key(String fields) {
        return record("Key", fields);
    }

    private static Schema record(String name, String fields) {
        return new Schema.Parser()
                .parse(("{'type': 'record', 'name': '" + name + "', 'namespace': 'n', 'fields': [" + fields + "]}")
                        .replace('\'', '"'));
    }
}

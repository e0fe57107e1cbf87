package io.waltally.schemas.serde;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicSettings;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;

class TableReaderTest {
    private static final String PAYLOAD = "{'name': 'payload', 'type': 'string'}";
    private static final String EXPIRY =
            "{'name': 'expiry', 'type': {'type': 'string', 'connect.name': 'io.debezium.time.ZonedTimestamp'}}";

    private final TableReader bsos = new TopicCatalogue(TopicSettings.DEFAULTS, new AvroSerdes("mock://table-reader"))
            .readerOf("sync.public.bsos")
            .orElseThrow();

    @Test
    void whatNoTopologyReadsIsNoConflict() {
        assertThat(bsos.conflictsOfEnvelope(envelope(PAYLOAD, EXPIRY))).isEmpty();
        assertThat(bsos.conflictsOfEnvelope(
                        envelope(PAYLOAD, EXPIRY, "{'name': 'sortindex', 'type': ['null', 'bytes'], 'default': null}")))
                .isEmpty();
    }

    @Test
    void aColumnThatIsGoneIsAConflictUnlessItsReaderHasADefault() {
        assertThat(bsos.conflictsOfEnvelope(envelope(PAYLOAD))).isEmpty();
        assertThat(bsos.conflictsOfEnvelope(envelope(EXPIRY)))
                .containsExactly(new ColumnConflict("payload", "is not there, and is read as string"));
    }

    @Test
    void aTypeThatCannotBeReadIsAConflict() {
        assertThat(bsos.conflictsOfEnvelope(envelope("{'name': 'payload', 'type': ['null', 'string']}", EXPIRY)))
                .hasToString("[column payload is nullable string, and is read as string]");
        assertThat(bsos.conflictsOfEnvelope(envelope("{'name': 'payload', 'type': 'long'}", EXPIRY)))
                .hasToString("[column payload is long, and is read as string]");
    }

    @Test
    void theSameBytesWithAnotherMeaningAreAConflict() {
        String micros =
                "{'name': 'expiry', 'type': {'type': 'long', 'connect.name': 'io.debezium.time.MicroTimestamp'}}";
        assertThat(bsos.conflictsOfEnvelope(envelope(PAYLOAD, micros))).isEmpty();
        assertThat(bsos.conflictsOfEnvelope(envelope(PAYLOAD, micros.replace("Micro", "Nano"))))
                .hasToString("[column expiry is long (io.debezium.time.NanoTimestamp),"
                        + " and is read as nullable string or long]");
    }

    @Test
    void aKeyIsReadByItsOwnColumns() {
        assertThat(bsos.conflictsOfKey(key("{'name': 'bso_id', 'type': 'string'}")))
                .isEmpty();
        assertThat(bsos.conflictsOfKey(key("{'name': 'renamed', 'type': 'string'}")))
                .extracting(ColumnConflict::column)
                .containsExactly("bso_id");
    }

    private static Schema envelope(String... columns) {
        return parse("{'type': 'record', 'name': 'Envelope', 'namespace': 'sync.public.bsos', 'fields': ["
                + "{'name': 'before', 'type': ['null', "
                + record("Value", "{'name': 'bso_id', 'type': 'string'}, " + String.join(", ", columns))
                + "], 'default': null},"
                + "{'name': 'after', 'type': ['null', 'Value'], 'default': null}]}");
    }

    private static Schema key(String column) {
        return parse(record("Key", column));
    }

    private static String record(String name, String columns) {
        return "{'type': 'record', 'name': '" + name + "', 'namespace': 'sync.public.bsos', 'fields': ["
                + "{'name': 'user_id', 'type': 'long'}, {'name': 'collection_id', 'type': 'int'}, " + columns + "]}";
    }

    private static Schema parse(String json) {
        return new Schema.Parser().parse(json.replace('\'', '"'));
    }
}

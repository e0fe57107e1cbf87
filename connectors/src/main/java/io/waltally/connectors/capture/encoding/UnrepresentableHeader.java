package io.waltally.connectors.capture.encoding;

import io.waltally.schemas.ChangeHeaders;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.source.SourceRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Adds the header of records with {@link UnrepresentableValue}s, and logs each affected column once. */
final class UnrepresentableHeader {
    private static final Logger LOG = LoggerFactory.getLogger(UnrepresentableHeader.class);

    private static final Schema BY_ROW_AND_COLUMN = SchemaBuilder.map(
                    Schema.STRING_SCHEMA, SchemaBuilder.map(Schema.STRING_SCHEMA, Schema.STRING_SCHEMA))
            .build();

    private static final int MAX_SCHEMAS = 1_000;

    private final JsonConverter json;
    private final IdentityHashMap<Schema, Map<String, String>> fields = new IdentityHashMap<>();
    private final Set<String> logged = new HashSet<>();

    /** @param json a converter of headers, without schemas */
    UnrepresentableHeader(JsonConverter json) {
        this.json = json;
    }

    /** Adds the header if the record needs it. */
    void addHeader(SourceRecord record, Headers headers) {
        if (!(record.value() instanceof Struct envelope) || envelope.schema().field("after") == null) {
            return;
        }
        Map<String, Map<String, String>> found = new TreeMap<>();
        for (String version : List.of("before", "after")) {
            Struct row = envelope.getStruct(version);
            if (row != null) {
                fieldsByColumn(row.schema()).forEach((column, field) -> {
                    if (row.getWithoutDefault(column) instanceof UnrepresentableValue value) {
                        found.computeIfAbsent(version, key -> new TreeMap<>()).put(field, value.text());
                        log(record.topic(), column, value);
                    }
                });
            }
        }
        if (!found.isEmpty()) {
            headers.add(
                    ChangeHeaders.UNREPRESENTABLE,
                    json.fromConnectHeader(record.topic(), ChangeHeaders.UNREPRESENTABLE, BY_ROW_AND_COLUMN, found));
        }
    }

    /** Avro names of the columns whose values may be unrepresentable. */
    private Map<String, String> fieldsByColumn(Schema row) {
        Map<String, String> known = fields.get(row);
        if (known == null) {
            if (fields.size() >= MAX_SCHEMAS) {
                fields.clear();
            }
            known = FieldNames.byColumn(row);
            known.keySet()
                    .removeIf(column ->
                            !UnrepresentableValue.possible(row.field(column).schema()));
            fields.put(row, known);
        }
        return known;
    }

    private void log(String topic, String column, UnrepresentableValue value) {
        if (logged.add(topic + "." + column)) {
            LOG.warn(
                    "topic {}: column {} cannot express {}: such values are null in its records, and their text is in header"
                            + " {}",
                    topic,
                    column,
                    value.text().length() > 100 ? value.text().substring(0, 100) + "..." : value.text(),
                    ChangeHeaders.UNREPRESENTABLE);
        }
    }
}

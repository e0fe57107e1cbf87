package io.waltally.connectors.capture;

import io.waltally.schemas.ChangeHeaders;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.source.SourceRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the {@link Unrepresentable} values of records, and tells of them in a header and, once for each column, in the log. */
final class UnrepresentableValues {
    private static final Logger LOGGER = LoggerFactory.getLogger(UnrepresentableValues.class);

    private static final Schema BY_ROW_AND_COLUMN = SchemaBuilder.map(
                    Schema.STRING_SCHEMA, SchemaBuilder.map(Schema.STRING_SCHEMA, Schema.STRING_SCHEMA))
            .build();

    private static final int MOST_SCHEMAS = 1_000;

    private final JsonConverter json;
    private final IdentityHashMap<Schema, List<Field>> columns = new IdentityHashMap<>();
    private final Set<String> told = new HashSet<>();

    /** @param json a converter of headers, without schemas */
    UnrepresentableValues(JsonConverter json) {
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
                for (Field column : columnsOf(row.schema())) {
                    if (row.getWithoutDefault(column.name()) instanceof Unrepresentable value) {
                        found.computeIfAbsent(version, key -> new TreeMap<>())
                                .put(FieldNames.byColumn(row.schema()).get(column.name()), value.text());
                        tell(record.topic(), column, value);
                    }
                }
            }
        }
        if (!found.isEmpty()) {
            headers.add(
                    ChangeHeaders.UNREPRESENTABLE,
                    json.fromConnectHeader(record.topic(), ChangeHeaders.UNREPRESENTABLE, BY_ROW_AND_COLUMN, found));
        }
    }

    private List<Field> columnsOf(Schema row) {
        List<Field> known = columns.get(row);
        if (known == null) {
            if (columns.size() >= MOST_SCHEMAS) {
                columns.clear();
            }
            known = row.fields().stream()
                    .filter(column -> Unrepresentable.possible(column.schema()))
                    .toList();
            columns.put(row, known);
        }
        return known;
    }

    private void tell(String topic, Field column, Unrepresentable value) {
        if (told.add(topic + "." + column.name())) {
            LOGGER.warn(
                    "topic {}: column {} cannot express {}: such values are null in its records, and their text is in header"
                            + " {}",
                    topic,
                    column.name(),
                    value.text().length() > 100 ? value.text().substring(0, 100) + "..." : value.text(),
                    ChangeHeaders.UNREPRESENTABLE);
        }
    }
}

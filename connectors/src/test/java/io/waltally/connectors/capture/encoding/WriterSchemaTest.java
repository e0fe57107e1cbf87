package io.waltally.connectors.capture.encoding;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.connect.avro.AvroData;
import io.confluent.connect.avro.AvroDataConfig;
import io.debezium.data.Json;
import io.debezium.data.VariableScaleDecimal;
import io.debezium.data.geometry.Point;
import io.debezium.time.MicroTimestamp;
import io.debezium.time.ZonedTimestamp;
import io.waltally.connectors.capture.encoding.AddedColumns.OlderRows;
import io.waltally.connectors.capture.encoding.WriterSchema.DefinitionTexts;
import io.waltally.schemas.serde.ColumnConflict;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.JsonProperties;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.junit.jupiter.api.Test;

class WriterSchemaTest {
    private static final Schema POINT = Point.builder().optional().build();
    private static final Schema LOOSE = VariableScaleDecimal.builder().build();

    private final AvroData avroData =
            new AvroData(new AvroDataConfig(Map.of(AvroDataConfig.IGNORE_DEFAULT_FOR_NULLABLES_CONFIG, true)));

    @Test
    void aNewColumnHasTheValueOfOlderRowsAsItsDefault() {
        org.apache.avro.Schema first = avro(written(row("a", Schema.INT32_SCHEMA), Optional.empty(), OlderRows.NULLS));
        Schema second = row(
                "a",
                Schema.INT32_SCHEMA,
                "dropped",
                Schema.INT32_SCHEMA,
                "changed",
                SchemaBuilder.string().optional().defaultValue("now").build(),
                "later",
                SchemaBuilder.int32().optional().defaultValue(9).build(),
                "drawn",
                Schema.STRING_SCHEMA);
        // When
        WriterSchema.Derived written = written(
                second, Optional.of(first), new OlderRows(Map.of("dropped", 7, "changed", "then"), Set.of("drawn")));
        // Then
        assertThat(written.unknown()).containsExactly("drawn");
        org.apache.avro.Schema row = ColumnConflict.row(avro(written));
        assertThat(row.getField("a").hasDefaultValue()).isFalse();
        assertThat(row.getField("dropped").defaultVal()).isEqualTo(7);
        assertThat(row.getField("dropped").schema().isNullable()).isFalse();
        assertThat(row.getField("changed").defaultVal()).isEqualTo("then");
        assertThat(row.getField("later").defaultVal()).isEqualTo(JsonProperties.NULL_VALUE);
        assertThat(row.getField("drawn").defaultVal()).isEqualTo(JsonProperties.NULL_VALUE);
    }

    @Test
    void aColumnKeepsTheDefaultOfTheLatestVersion() {
        // Given
        Map<String, Schema> columns = new LinkedHashMap<>();
        Map<String, Object> values = new LinkedHashMap<>();
        column(columns, values, SchemaBuilder.int16(), (short) 1);
        column(columns, values, SchemaBuilder.int32(), 1);
        column(columns, values, SchemaBuilder.int64(), 1L);
        column(columns, values, SchemaBuilder.bool(), false);
        column(columns, values, SchemaBuilder.float32(), 0.5f);
        column(columns, values, SchemaBuilder.float64(), 0.1);
        column(columns, values, SchemaBuilder.string(), "");
        column(columns, values, SchemaBuilder.bytes(), ByteBuffer.wrap(new byte[] {0, -1, '"'}));
        column(columns, values, Json.builder(), "{}");
        column(columns, values, ZonedTimestamp.builder(), "2024-02-29T12:00:00.5Z");
        column(columns, values, MicroTimestamp.builder(), -1L);
        column(columns, values, Decimal.builder(2), new BigDecimal("-1.50"));
        column(
                columns,
                values,
                VariableScaleDecimal.builder(),
                VariableScaleDecimal.fromLogical(LOOSE, new BigDecimal("1.5")));
        column(
                columns,
                values,
                VariableScaleDecimal.builder(),
                VariableScaleDecimal.fromLogical(LOOSE, new BigDecimal("7")));
        column(columns, values, Point.builder(), Point.createValue(POINT, 1, 2));
        column(columns, values, SchemaBuilder.array(Schema.OPTIONAL_STRING_SCHEMA), Arrays.asList("a", null));
        column(columns, values, SchemaBuilder.array(Schema.OPTIONAL_INT32_SCHEMA), List.of());
        Schema row = row(columns);
        org.apache.avro.Schema first = avro(written(row("a", Schema.INT32_SCHEMA), Optional.empty(), OlderRows.NULLS));
        WriterSchema.Derived second = written(row, Optional.of(first), new OlderRows(values, Set.of()));
        assertThat(second.unknown()).isEmpty();
        // Consumers look a version up by the text that they make of it.
        assertThat(parsed(second)).hasToString(avro(second).toString());
        // When
        WriterSchema.Derived third = written(row, Optional.of(parsed(second)), OlderRows.NULLS);
        // Then
        assertThat(avro(third)).isEqualTo(avro(second)).hasToString(avro(second).toString());
        assertThat(third.unknown()).isEmpty();
        for (org.apache.avro.Schema.Field field :
                ColumnConflict.row(avro(third)).getFields()) {
            assertThat(field.hasDefaultValue()).as(field.name()).isTrue();
            assertThat(field.defaultVal()).as(field.name()).isNotEqualTo(JsonProperties.NULL_VALUE);
        }
    }

    @Test
    void aDefaultFollowsItsColumnToALargerType() {
        org.apache.avro.Schema first = avro(written(row("a", Schema.INT32_SCHEMA), Optional.empty(), OlderRows.NULLS));
        org.apache.avro.Schema second = avro(written(
                row("number", Schema.INT32_SCHEMA, "ratio", Schema.FLOAT32_SCHEMA),
                Optional.of(first),
                new OlderRows(Map.of("number", 7, "ratio", 0.5f), Set.of())));
        WriterSchema.Derived third = written(
                row("number", Schema.INT64_SCHEMA, "ratio", Schema.FLOAT64_SCHEMA),
                Optional.of(second),
                OlderRows.NULLS);
        assertThat(third.unknown()).isEmpty();
        assertThat(ColumnConflict.row(avro(third)).getField("number").defaultVal())
                .isEqualTo(7L);
        assertThat(ColumnConflict.row(avro(third)).getField("ratio").defaultVal())
                .isEqualTo(0.5);
        // And when another type does not take it
        WriterSchema.Derived fourth = written(
                row("number", Schema.STRING_SCHEMA, "ratio", Schema.FLOAT64_SCHEMA),
                Optional.of(avro(third)),
                OlderRows.NULLS);
        assertThat(fourth.unknown()).containsExactly("number");
        assertThat(ColumnConflict.row(avro(fourth)).getField("number").hasDefaultValue())
                .isFalse();
    }

    @Test
    void aValueThatNoDefaultExpressesIsUnknown() {
        Schema decimal = Decimal.schema(2);
        org.apache.avro.Schema first = avro(written(row("a", Schema.INT32_SCHEMA), Optional.empty(), OlderRows.NULLS));
        WriterSchema.Derived second = written(
                row("ratio", Schema.OPTIONAL_FLOAT64_SCHEMA, "altered", Schema.INT64_SCHEMA, "price", decimal),
                Optional.of(first),
                new OlderRows(
                        Map.of("ratio", Double.NaN, "altered", "x", "price", UnrepresentableValue.of(decimal, "NaN")),
                        Set.of()));
        assertThat(second.unknown()).containsExactly("altered", "price", "ratio");
        assertThat(ColumnConflict.row(avro(second)).getField("altered").schema().isNullable())
                .isTrue();
    }

    @Test
    void aDefaultThatWouldMakeTheSchemaTooLargeIsLeftOut() {
        for (int length : List.of(1_000, 20_000)) {
            String text = "x".repeat(length);
            Schema note = SchemaBuilder.string().defaultValue(text).build();
            org.apache.avro.Schema.Field field = ColumnConflict.row(
                            avro(written(row("note", note), Optional.empty(), OlderRows.NULLS)))
                    .getField("note");
            assertThat(field.defaultVal()).isEqualTo(length == 1_000 ? text : null);
        }
    }

    /** A registry that does not take them has the rest of the definition all the same. */
    @Test
    void bracesAreLeftOutOrSpaced() {
        org.apache.avro.Schema first = avro(written(row("a", Schema.INT32_SCHEMA), Optional.empty(), OlderRows.NULLS));
        Schema second = row(
                "number", Schema.INT32_SCHEMA,
                "text", Schema.STRING_SCHEMA,
                "json", Json.builder().build(),
                "bytes", Schema.BYTES_SCHEMA,
                "texts", SchemaBuilder.array(Schema.OPTIONAL_STRING_SCHEMA).build());
        Map<String, Object> values = Map.of(
                "number",
                7,
                "text",
                "{}",
                "json",
                "{}",
                "bytes",
                ByteBuffer.wrap(new byte[] {'{', '}'}),
                "texts",
                List.of("{}"));
        // When
        WriterSchema.Derived written = WriterSchema.after(
                        Optional.of(first), columns -> new OlderRows(values, Set.of()), avroData)
                .with(DefinitionTexts.WITHOUT_BRACES)
                .of(envelope(second));
        // Then
        assertThat(written.unknown()).containsExactly("bytes", "text");
        org.apache.avro.Schema row = ColumnConflict.row(avro(written));
        assertThat(row.getField("number").defaultVal()).isEqualTo(7);
        assertThat(row.getField("json").defaultVal()).isEqualTo("{ }");
        assertThat(row.getField("text").defaultVal()).isEqualTo(JsonProperties.NULL_VALUE);
        assertThat(row.getField("texts").defaultVal()).isEqualTo(List.of("{}"));
        // And the next version is the same
        WriterSchema.Derived next = written(second, Optional.of(parsed(written)), OlderRows.NULLS);
        assertThat(avro(next)).hasToString(avro(written).toString());
    }

    @Test
    void withoutTextsOfTheDefinitionOlderRowsAreUnknown() {
        org.apache.avro.Schema first = avro(written(row("a", Schema.INT32_SCHEMA), Optional.empty(), OlderRows.NULLS));
        Schema second = row("a", Schema.INT32_SCHEMA, "b", Schema.INT32_SCHEMA, "c", Schema.OPTIONAL_INT32_SCHEMA);
        WriterSchema.Derived written = WriterSchema.after(
                        Optional.of(first), columns -> new OlderRows(Map.of("b", 7), Set.of()), avroData)
                .with(DefinitionTexts.NONE)
                .of(envelope(second));
        assertThat(written.unknown()).containsExactly("b");
        assertThat(ColumnConflict.row(avro(written)).getField("b").schema().isNullable())
                .isTrue();
    }

    /** As after an upgrade: versions of before have defaults of the table, or none because of a registry. */
    @Test
    void anotherDefaultOfTheTableIsNoNewVersion() {
        Schema row = row(
                "number", SchemaBuilder.int32().defaultValue(5).build(),
                "json", Json.builder().optional().defaultValue("{}").build());
        Schema altered = row(
                "number",
                Schema.INT32_SCHEMA,
                "json",
                Json.builder().optional().defaultValue("[]").build());
        for (DefinitionTexts texts : DefinitionTexts.values()) {
            WriterSchema.Derived before = WriterSchema.after(Optional.empty(), columns -> OlderRows.NULLS, avroData)
                    .with(texts)
                    .of(envelope(row));
            for (Schema now : List.of(row, altered)) {
                assertThat(avro(written(now, Optional.of(parsed(before)), OlderRows.NULLS)))
                        .as(texts.toString())
                        .hasToString(avro(before).toString());
            }
        }
    }

    private static void column(
            Map<String, Schema> columns, Map<String, Object> values, SchemaBuilder schema, Object value) {
        String name = "c" + columns.size();
        // Half of the columns are nullable.
        columns.put(
                name,
                columns.size() % 2 == 0 ? schema.build() : schema.optional().build());
        values.put(name, value);
    }

    private static Schema row(Object... columns) {
        Map<String, Schema> byName = new LinkedHashMap<>();
        for (int i = 0; i < columns.length; i += 2) {
            byName.put((String) columns[i], (Schema) columns[i + 1]);
        }
        return row(byName);
    }

    private static Schema row(Map<String, Schema> columns) {
        SchemaBuilder row = SchemaBuilder.struct().name("t.Value").optional();
        columns.forEach(row::field);
        return row.build();
    }

    private WriterSchema.Derived written(Schema row, Optional<org.apache.avro.Schema> before, OlderRows olderRows) {
        return WriterSchema.after(before, columns -> olderRows, avroData).of(envelope(row));
    }

    private static Schema envelope(Schema row) {
        return SchemaBuilder.struct()
                .name("t.Envelope")
                .field("before", row)
                .field("after", row)
                .build();
    }

    private org.apache.avro.Schema avro(WriterSchema.Derived written) {
        return avroData.fromConnectSchema(written.envelope());
    }

    /** As the registry returns it. */
    private org.apache.avro.Schema parsed(WriterSchema.Derived written) {
        return new org.apache.avro.Schema.Parser().parse(avro(written).toString());
    }
}

package io.waltally.iceberg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.iceberg.CdcTopic.Column;
import io.waltally.iceberg.change.ChangePosition;
import io.waltally.schemas.Change;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Source;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TopicOffsets;
import io.waltally.sinks.target.WriterClaim;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.types.Types;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Columns as Debezium derives them from those of PostgreSQL, and their values, read back by Iceberg and DuckDB. */
class ColumnTypesTest {
    private static final TopicPartition PARTITION = new TopicPartition("s3.public.t", 0);
    private static final Column ID = Column.key("id", "\"int\"");

    @TempDir
    private Path warehouse;

    private String registry = "";
    private IcebergTarget target;
    private long offset;

    @BeforeEach
    void open(TestInfo test) {
        registry = "mock://" + test.getDisplayName().replaceAll("\\W", "");
        target = new IcebergTarget("lake", Source.S3, List.of("t"), warehouse, RegistryAccess.of(registry));
        target.claim(new WriterClaim("cluster", Map.of(PARTITION, new Uuid(1, 1)), Optional.empty()));
    }

    @AfterEach
    void close() {
        target.close();
    }

    private void write(ConsumerRecord<byte[], byte[]> record) {
        target.begin();
        target.apply(List.of(record));
        offset++;
        target.commit(TopicOffsets.of(Map.of(PARTITION, offset)));
    }

    private void write(CdcTopic topic, String op, Map<String, ?> values) {
        write(topic.written(op, new ChangePosition(0, 1, offset), 0, offset, values));
    }

    private CdcTopic topic(Column... columns) {
        List<Column> all = new ArrayList<>(List.of(ID));
        all.addAll(List.of(columns));
        return new CdcTopic(registry, Source.S3, "t", all);
    }

    private Table table() {
        return new Lake(warehouse).table("s3", "t");
    }

    private Record only() {
        assertThat(Lake.rows(table())).hasSize(1);
        return Lake.rows(table()).get(0);
    }

    private static String named(String type, String name) {
        return "{\"type\": \"%s\", \"connect.name\": \"%s\"}".formatted(type, name);
    }

    private static String decimal(int precision, int scale) {
        return """
                {"type": "bytes", "logicalType": "decimal", "precision": %d, "scale": %d,
                 "connect.name": "org.apache.kafka.connect.data.Decimal"}
                """.formatted(precision, scale);
    }

    private static ByteBuffer unscaled(String number) {
        return ByteBuffer.wrap(new BigDecimal(number).unscaledValue().toByteArray());
    }

    @Test
    void eachTypeHasItsEquivalentAndKeepsItsValues() throws SQLException {
        Map<String, Column> columns = new TreeMap<>();
        Map<String, Object> avro = new HashMap<>(Map.of("id", 7));
        Map<String, Object> expected = new TreeMap<>();
        Map<String, Object> types = new TreeMap<>();
        record Sample(String column, String type, Object written, Object iceberg, Object value) {}
        UUID uuid = UUID.fromString("5e4d2ab1-4b6a-4f6b-9c2f-0e6f3c1f7a55");
        List<Sample> samples = List.of(
                new Sample("bool", "\"boolean\"", true, Types.BooleanType.get(), true),
                new Sample("int4", "\"int\"", Integer.MIN_VALUE, Types.IntegerType.get(), Integer.MIN_VALUE),
                new Sample("int8", "\"long\"", Long.MAX_VALUE, Types.LongType.get(), Long.MAX_VALUE),
                new Sample("float4", "\"float\"", Float.NaN, Types.FloatType.get(), Float.NaN),
                new Sample("float8", "\"double\"", -0.1, Types.DoubleType.get(), -0.1),
                new Sample("text", "\"string\"", "ä\u0001😀", Types.StringType.get(), "ä\u0001😀"),
                new Sample(
                        "json",
                        named("string", "io.debezium.data.Json"),
                        "{\"a\":1}",
                        Types.StringType.get(),
                        "{\"a\":1}"),
                new Sample(
                        "bytea",
                        "\"bytes\"",
                        ByteBuffer.wrap(new byte[] {0, -1}),
                        Types.BinaryType.get(),
                        ByteBuffer.wrap(new byte[] {0, -1})),
                new Sample(
                        "uuid", named("string", "io.debezium.data.Uuid"), uuid.toString(), Types.UUIDType.get(), uuid),
                new Sample(
                        "day",
                        named("int", "io.debezium.time.Date"),
                        -1,
                        Types.DateType.get(),
                        LocalDate.of(1969, 12, 31)),
                new Sample(
                        "time6",
                        named("long", "io.debezium.time.MicroTime"),
                        86_399_999_999L,
                        Types.TimeType.get(),
                        LocalTime.parse("23:59:59.999999")),
                new Sample(
                        "time3",
                        named("int", "io.debezium.time.Time"),
                        1,
                        Types.TimeType.get(),
                        LocalTime.parse("00:00:00.001")),
                new Sample(
                        "ts6",
                        named("long", "io.debezium.time.MicroTimestamp"),
                        -1L,
                        Types.TimestampType.withoutZone(),
                        LocalDateTime.parse("1969-12-31T23:59:59.999999")),
                new Sample(
                        "ts3",
                        named("long", "io.debezium.time.Timestamp"),
                        1_001L,
                        Types.TimestampType.withoutZone(),
                        LocalDateTime.parse("1970-01-01T00:00:01.001")),
                new Sample(
                        "tstz",
                        named("string", "io.debezium.time.ZonedTimestamp"),
                        "0001-01-01T00:00:00.000001Z",
                        Types.TimestampType.withZone(),
                        OffsetDateTime.parse("0001-01-01T00:00:00.000001Z")),
                new Sample(
                        "price",
                        decimal(38, 2),
                        unscaled("-1234567890123.45"),
                        Types.DecimalType.of(38, 2),
                        new BigDecimal("-1234567890123.45")),
                new Sample("wide", decimal(64, 3), unscaled("-0.001"), Types.StringType.get(), "-0.001"),
                new Sample("interval", named("long", "io.debezium.time.MicroDuration"), 5L, Types.LongType.get(), 5L));
        for (Sample sample : samples) {
            columns.put(sample.column, Column.of(sample.column, sample.type));
            avro.put(sample.column, sample.written);
            expected.put(sample.column, sample.value);
            types.put(sample.column, sample.iceberg);
        }
        write(topic(columns.values().toArray(Column[]::new)), "c", avro);

        Record row = only();
        Map<String, Object> read = new TreeMap<>();
        Map<String, Object> readTypes = new TreeMap<>();
        columns.keySet().forEach(column -> {
            read.put(column, row.getField(column));
            readTypes.put(column, table().schema().findType(column));
        });
        assertThat(readTypes).isEqualTo(types);
        assertThat(read).isEqualTo(expected);
        assertThat(row.getField("_op")).isEqualTo("c");
        assertThat(row.getField("_txid")).isEqualTo(700L);
        assertThat(row.getField("_committed_at")).isEqualTo(OffsetDateTime.parse("2026-11-29T10:00:00.123456Z"));
        assertThat(
                        Lake.duckdb(
                                Map.of("t", table()),
                                List.of(),
                                "SELECT int8, text, uuid, day, time6, ts6, tstz::varchar, price, _committed_at::varchar FROM t"))
                .containsExactly(List.of(
                        "9223372036854775807",
                        "ä\u0001😀",
                        uuid.toString(),
                        "1969-12-31",
                        "23:59:59.999999",
                        "1969-12-31 23:59:59.999999",
                        "0001-01-01 00:00:00.000001+00",
                        "-1234567890123.45",
                        "2026-11-29 10:00:00.123456+00"));
    }

    @Test
    void arraysAndNumericsWithoutScaleKeepTheirValues() {
        CdcTopic topic = topic(
                Column.optional("tags", "{\"type\": \"array\", \"items\": [\"null\", \"string\"]}"),
                Column.optional("amount", """
                        {"type": "record", "name": "VariableScaleDecimal", "namespace": "io.debezium.data",
                         "connect.name": "io.debezium.data.VariableScaleDecimal",
                         "fields": [{"name": "scale", "type": "int"}, {"name": "value", "type": "bytes"}]}
                        """));
        org.apache.avro.Schema amount =
                topic.row().getField("amount").schema().getTypes().get(1);
        org.apache.avro.generic.GenericRecord value = new org.apache.avro.generic.GenericData.Record(amount);
        value.put("scale", -2);
        value.put("value", ByteBuffer.wrap(BigInteger.valueOf(12).toByteArray()));
        List<String> tags = new ArrayList<>(List.of("a", "b"));
        tags.add(null);
        write(topic, "c", Map.of("id", 1, "tags", tags, "amount", value));

        assertThat(only().getField("tags")).isEqualTo(tags);
        assertThat(only().getField("amount")).isEqualTo("1200");
    }

    @Test
    void valuesThatATypeDoesNotHaveAreNullAndTheirTextsAreKept() {
        CdcTopic topic = topic(
                Column.optional("t", named("long", "io.debezium.time.MicroTime")),
                Column.optional("z", named("string", "io.debezium.time.ZonedTimestamp")),
                Column.optional("price", decimal(10, 2)));
        ConsumerRecord<byte[], byte[]> record = topic.written(
                "c",
                new ChangePosition(0, 1, 1),
                0,
                0,
                Map.of("id", 1, "t", 86_400_000_000L, "z", "+294277-01-01T00:00:00Z"));
        record.headers()
                .add(ChangeHeaders.UNREPRESENTABLE, "{\"after\":{\"price\":\"NaN\"}}".getBytes(StandardCharsets.UTF_8));
        write(record);

        Record row = only();
        assertThat(row.getField("t")).isNull();
        assertThat(row.getField("price")).isNull();
        assertThat(row.getField("_unrepresentable"))
                .isEqualTo(Map.of("t", "24:00:00", "z", "+294277-01-01T00:00:00Z", "price", "NaN"));
    }

    @Test
    void unchangedValuesOfAnUpdateAreNamed() {
        CdcTopic topic = topic(
                Column.optional("payload", "\"string\""),
                Column.optional("data", "\"bytes\""),
                Column.optional("tags", "{\"type\": \"array\", \"items\": [\"null\", \"string\"]}"));
        Map<String, Object> values = Map.of(
                "id",
                1,
                "payload",
                Change.UNAVAILABLE_VALUE,
                "data",
                ByteBuffer.wrap(Change.UNAVAILABLE_VALUE.getBytes(StandardCharsets.UTF_8)),
                "tags",
                List.of(Change.UNAVAILABLE_VALUE));
        write(topic, "u", values);

        Record row = only();
        assertThat(row.getField("_unchanged")).isEqualTo(List.of("payload", "data", "tags"));
        assertThat(row.getField("payload")).isNull();
        assertThat(row.getField("data")).isNull();
        assertThat(row.getField("tags")).isNull();
    }

    @Test
    void theTableFollowsAddedWidenedAndDroppedColumnsAlsoWithinATransaction() throws SQLException {
        target.begin();
        target.apply(List.of(topic(
                        Column.of("n", "\"int\""), Column.of("f", "\"float\""), Column.of("old", "\"string\""))
                .written("c", new ChangePosition(0, 1, 0), 0, 0, Map.of("id", 1, "n", 1, "f", 0.5f, "old", "x"))));
        target.apply(List.of(topic(
                        Column.of("n", "\"long\""), Column.of("f", "\"double\""), Column.optional("new", "\"string\""))
                .written(
                        "c", new ChangePosition(0, 1, 1), 0, 1, Map.of("id", 2, "n", 1L << 40, "f", 0.1, "new", "y"))));
        // A record of the former schema, as compaction leaves it.
        target.apply(List.of(topic(
                        Column.of("n", "\"int\""), Column.of("f", "\"float\""), Column.of("old", "\"string\""))
                .written("c", new ChangePosition(0, 1, 2), 0, 2, Map.of("id", 3, "n", 3, "f", 0.5f, "old", "z"))));
        target.commit(TopicOffsets.of(Map.of(PARTITION, 3L)));

        assertThat(Lake.rows(table()).stream()
                        .map(row -> row.getField("id") + " " + row.getField("n") + " " + row.getField("f") + " "
                                + row.getField("old") + " " + row.getField("new")))
                .containsExactlyInAnyOrder("1 1 0.5 x null", "2 1099511627776 0.1 null y", "3 3 0.5 z null");
        assertThat(Lake.duckdb(Map.of("t", table()), List.of(), "SELECT sum(n), count(old), count(new) FROM t"))
                .containsExactly(List.of(Long.toString((1L << 40) + 4), "2", "1"));
    }

    @Test
    void aColumnThatCannotBecomeItsNewTypeIsRefusedUntilItIsRenamedInTheTable() {
        write(topic(Column.of("n", "\"int\"")), "c", Map.of("id", 1, "n", 1));
        CdcTopic changed = topic(Column.of("n", "\"string\""));
        assertThatThrownBy(() -> write(changed, "c", Map.of("id", 2, "n", "two")))
                .isInstanceOfSatisfying(
                        TargetException.class, e -> assertThat(e.kind()).isEqualTo(TargetException.Kind.MISCONFIGURED))
                .hasMessageContaining("column n is int in the table but string in the topic")
                .hasMessageContaining("rename the column in the table");
        target.rollback();

        table().updateSchema().renameColumn("n", "n_before").commit();
        write(changed, "c", Map.of("id", 2, "n", "two"));
        assertThat(Lake.rows(table()).stream().map(row -> row.getField("n_before") + " " + row.getField("n")))
                .containsExactlyInAnyOrder("1 null", "null two");
    }

    @Test
    void recordsOfTheFormerTypeAreWrittenToTheRenamedColumn() {
        CdcTopic former = topic(Column.of("n", "\"int\""), Column.optional("t", "\"string\""));
        CdcTopic changed = topic(Column.of("n", "\"string\""), Column.optional("t", "\"string\""));
        CdcTopic widened = topic(Column.of("n", "\"long\""), Column.optional("t", "\"string\""));
        List<ConsumerRecord<byte[], byte[]>> records = List.of(
                former.written("c", new ChangePosition(0, 1, 0), 0, 0, Map.of("id", 1, "n", 1, "t", "x")),
                changed.written("u", new ChangePosition(0, 1, 1), 0, 1, Map.of("id", 1, "n", "two", "t", "x")),
                widened.written(
                        "u",
                        new ChangePosition(0, 1, 2),
                        0,
                        2,
                        Map.of("id", 1, "n", 3L, "t", Change.UNAVAILABLE_VALUE)));
        target.begin();
        assertThatThrownBy(() -> target.apply(records)).hasMessageContaining("rename the column in the table");
        target.rollback();

        table().updateSchema()
                .renameColumn("n", "n_before")
                .renameColumn("t", "text")
                .commit();
        target.begin();
        target.apply(records);
        target.commit(TopicOffsets.of(Map.of(PARTITION, 3L)));
        assertThat(Lake.rows(table()).stream()
                        .map(row -> row.getField("n_before") + " " + row.getField("n") + " " + row.getField("text")
                                + " " + row.getField("_unchanged")))
                .containsExactlyInAnyOrder("1 null x null", "null two x null", "3 null null [text]");
        assertThat(table().schema().findField("t")).isNull();

        assertThatThrownBy(() -> write(topic(Column.of("text", "\"string\"")), "c", Map.of("id", 2, "text", "y")))
                .hasMessageContaining("column text of the table has the values of field t: rename the column");
    }

    /** Of an earlier version, or whose comment somebody has removed. */
    @Test
    void aColumnWithoutACommentGetsThatOfItsField() {
        CdcTopic topic = topic(Column.of("n", "\"int\""));
        write(topic, "c", Map.of("id", 1, "n", 1));
        table().updateSchema().updateColumnDoc("n", null).commit();
        write(topic, "c", Map.of("id", 2, "n", 2));
        assertThat(table().schema().findField("n").doc()).isEqualTo("field n of the topic");
    }

    @Test
    void aColumnWithTheNameOfOneOfTheSinkIsRefused() {
        write(topic(), "c", Map.of("id", 1));
        assertThatThrownBy(() -> write(topic(Column.of("_op", "\"string\"")), "c", Map.of("id", 1, "_op", "x")))
                .isInstanceOfSatisfying(
                        TargetException.class, e -> assertThat(e.kind()).isEqualTo(TargetException.Kind.MISCONFIGURED))
                .hasMessageContaining("column _op has the name of a column that this sink adds");
    }

    @Test
    void aRecordThatIsNoChangeIsRefusedWithItsPlace() {
        ConsumerRecord<byte[], byte[]> record =
                new ConsumerRecord<>("s3.public.t", 0, 5, new byte[] {1}, new byte[] {2});
        target.begin();
        assertThatThrownBy(() -> target.apply(List.of(record)))
                .isInstanceOfSatisfying(
                        TargetException.class, e -> assertThat(e.kind()).isEqualTo(TargetException.Kind.REFUSED))
                .hasMessageContaining("s3.public.t-0 offset 5");
        assertThat(target.positions(Set.of("s3.public.t"))).isEmpty();
    }
}

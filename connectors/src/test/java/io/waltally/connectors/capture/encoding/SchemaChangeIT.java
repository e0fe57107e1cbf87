package io.waltally.connectors.capture.encoding;

import static io.waltally.connectors.capture.fixture.CapturedTopics.latest;
import static io.waltally.connectors.capture.fixture.CapturedTopics.waitFor;
import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import io.waltally.connectors.capture.Capture;
import io.waltally.connectors.capture.CaptureState;
import io.waltally.connectors.capture.fixture.CaptureFixture;
import io.waltally.connectors.capture.fixture.CapturedTopics.Captured;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.JsonProperties;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SchemaChangeIT {
    private static final String BSOS = "sync.public.bsos";
    private static final Pattern LSN = Pattern.compile("[0-9A-F]+/[0-9A-F]+");
    private static final Pattern REQUEST = Pattern.compile("PUT (\\S+) (\\{.*?})");

    @RegisterExtension
    final CaptureFixture source = new CaptureFixture(Source.SYNC);

    @Test
    void anAddedColumnAppearsAsAnOptionalFieldOrWithItsDefault() throws Exception {
        // Given
        Capture capture = source.streaming();
        bso("before");
        // When
        source.sql("ALTER TABLE bsos ADD note text, ADD ttl int NOT NULL DEFAULT 30, ADD seen timestamptz NOT NULL"
                + " DEFAULT now(), ADD \"content-type\" text");
        bso("after");
        // Then
        source.awaitCaptured(capture);
        List<Captured> records = read(BSOS, 2);
        assertThat(records.get(0).after().hasField("note")).isFalse();
        GenericRecord row = records.get(1).after();
        Schema schema = row.getSchema();
        assertThat(row.get("note")).isNull();
        assertThat(schema.getField("note").schema().isNullable()).isTrue();
        assertThat(row.get("ttl")).isEqualTo(30);
        assertThat(schema.getField("ttl").schema().isNullable()).isFalse();
        assertThat(schema.getField("ttl").defaultVal()).isEqualTo(30);
        assertThat(schema.getField("seen").hasDefaultValue()).isTrue();
        assertThat(schema.getFields()).extracting(Schema.Field::name).contains("content_type");
    }

    @Test
    void tablesThatDifferOnlyByCaseAreDistinguishedAndColumnsStopTheSource() throws Exception {
        // Given
        Capture capture = source.streaming();
        bso("before");
        source.awaitCaptured(capture);
        // When
        source.sql(
                "CREATE TABLE cased (id int PRIMARY KEY, text text); CREATE TABLE \"Cased\" (LIKE cased INCLUDING ALL)");
        source.sql("INSERT INTO cased VALUES (1, 'small'); INSERT INTO \"Cased\" VALUES (1, 'large'), (2, 'large')");
        source.sql(
                "GRANT SELECT ON cased, \"Cased\" TO waltally; ALTER PUBLICATION waltally_sync ADD TABLE cased, \"Cased\"");
        source.sql("UPDATE cased SET text = 'small, too'; UPDATE \"Cased\" SET text = 'large, too' WHERE id = 1");
        // Then
        waitFor("captured", () -> source.watermark().getSnapshot().getTables().containsAll(List.of("cased", "Cased")));
        source.awaitCaptured(capture);
        assertThat(topic("cased")).isEqualTo(table("cased"));
        assertThat(topic("Cased")).isEqualTo(table("Cased"));
        // When
        source.sql("ALTER TABLE bsos ADD \"Payload\" text");
        source.sql("INSERT INTO bsos VALUES (1, 1, 'cased', 1, 'small', now(), now(), 'large')");
        // Then
        String reason = failure(capture);
        assertThat(reason)
                .contains(
                        "columns payload and \"Payload\" of public.bsos differ only by case",
                        "resume sync --new-epoch");
        assertThat(read(BSOS, 1)).hasSize(1);
    }

    @Test
    void columnsUnusedByTopologiesMayChangeOrBeDropped() throws Exception {
        // Given
        Capture capture = source.streaming();
        bso("first");
        source.sql("UPDATE bsos SET sortindex = 7");
        // When
        source.sql("ALTER TABLE bsos ALTER sortindex TYPE bigint");
        source.sql("UPDATE bsos SET sortindex = 1::bigint << 40");
        source.sql("ALTER TABLE bsos DROP sortindex");
        bso("third");
        // Then
        source.awaitCaptured(capture);
        List<Captured> records = read(BSOS, 4).subList(1, 4);
        assertThat(records.get(0).after().get("sortindex")).isEqualTo(7);
        assertThat(records.get(1).after().get("sortindex")).isEqualTo(1L << 40);
        assertThat(records.get(2).after().hasField("sortindex")).isFalse();
        assertThat(capture.status().state()).isEqualTo(CaptureState.STREAMING);
    }

    @Test
    void aColumnThatTopologiesNeedStopsTheSourceWhenItGoes() throws Exception {
        // Given
        Capture capture = source.streaming();
        bso("before");
        source.awaitCaptured(capture);
        // When
        Lsn from = source.walPosition();
        source.writer().setAutoCommit(false);
        source.sql("INSERT INTO user_collections VALUES (1, 7, now())");
        source.sql("ALTER TABLE bsos RENAME payload TO body");
        source.sql("INSERT INTO bsos VALUES (1, 1, 'after', 1, 'x', now(), now())");
        source.writer().commit();
        source.writer().setAutoCommit(true);
        // Then
        String reason = failure(capture);
        assertThat(reason)
                .contains(
                        "table bsos",
                        "column payload is not there, and is read as string by topologies",
                        "waltally resume sync --new-epoch");
        assertThat(lsn(reason)).isGreaterThanOrEqualTo(from).isLessThanOrEqualTo(source.walPosition());
        assertThat(read(BSOS, 1)).hasSize(1);
        assertThat(read("sync.public.user_collections", 1)).hasSize(1);
        assertThat(source.number(
                        "SELECT '" + lsn(reason) + "'::pg_lsn - confirmed_flush_lsn FROM pg_replication_slots"))
                .isNotNegative();
        // And when
        source.sql("ALTER TABLE bsos RENAME body TO payload");
        capture.resume(true, false);
        waitFor("streaming", () -> capture.status().state() == CaptureState.STREAMING);
        bso("end");
        source.awaitCaptured(capture);
        // Then
        assertThat(keys("bsos", 3)).hasSize(3);
    }

    @Test
    void anotherMeaningOfTheSameBytesStopsTheSource() throws Exception {
        Capture capture = source.streaming();
        source.sql("ALTER TABLE bsos ALTER expiry TYPE timestamp(3)");
        bso("after");
        assertThat(failure(capture)).contains("column expiry is long (io.debezium.time.Timestamp)");
    }

    @Test
    void incompatibleSchemaStopsTheSourceUntilAllowed() throws Exception {
        // Given
        source.sql("CREATE TABLE refused (id bigint PRIMARY KEY, size text NOT NULL)");
        source.captureAlso("refused");
        Capture capture = source.streaming();
        source.sql("INSERT INTO refused VALUES (1, '1')");
        source.awaitCaptured(capture);
        // When
        source.sql("ALTER TABLE refused ALTER size TYPE bigint USING size::bigint, ADD extra text");
        source.sql("INSERT INTO refused VALUES (2, 2)");
        String reason = failure(capture);
        // Then
        assertThat(reason)
                .contains(
                        "table refused",
                        "column size is string, and is read as long by consumers",
                        "subject sync.public.refused-value",
                        "waltally resume sync");
        assertThat(reason).doesNotContain("extra", "--new-epoch");
        // And when
        send(reason);
        source.sql("INSERT INTO refused VALUES (3, 3)");
        capture.resume(false, false);
        source.awaitCaptured(capture);
        // Then
        assertThat(read("sync.public.refused", 3)).hasSize(3);
        assertThat(topic("refused")).isEqualTo(table("refused"));
    }

    @Test
    void aSubjectThatTheOwnerRelaxedStaysRelaxed() throws Exception {
        source.sql("CREATE TABLE relaxed (id bigint PRIMARY KEY, size text NOT NULL)");
        source.captureAlso("relaxed");
        Capture first = source.streaming();
        source.sql("INSERT INTO relaxed VALUES (1, '1')");
        source.awaitCaptured(first);
        put(
                URI.create(source.infrastructure().registry() + "/config/sync.public.relaxed-value"),
                "{\"compatibility\":\"NONE\"}");
        first.close();
        source.sql("INSERT INTO relaxed VALUES (2, '2')");
        source.sql("ALTER TABLE relaxed ALTER size TYPE bigint USING size::bigint");
        source.sql("INSERT INTO relaxed VALUES (3, 3)");
        Capture second = source.streaming();
        source.awaitCaptured(second);
        assertThat(topic("relaxed")).isEqualTo(table("relaxed"));
    }

    @Test
    void columnsWhoseNamesAreNoneInAvroAreDistinguished() throws Exception {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("id", "id");
        fields.put("key-part", "key_part");
        fields.put("a_b", "a_b");
        fields.put("a-b", "a_b_2");
        fields.put("a.b", "a_b_3");
        fields.put("a_b_2", "a_b_2_2");
        fields.put("1st", "_1st");
        fields.put("Gr\u00f6\u00dfe in \u20ac", "Gr__e_in__");
        fields.put("say \"no\"", "say__no_");
        source.sql("CREATE TABLE alike (id bigint, \"key-part\" text, a_b text, PRIMARY KEY (id, \"key-part\"))");
        source.captureAlso("alike");
        Capture capture = source.streaming();
        source.sql("INSERT INTO alike VALUES (1, 'k', 'before')");
        List<String> added = fields.keySet().stream().skip(3).toList();
        for (int i = 0; i < added.size(); i++) {
            String column = '"' + added.get(i).replace("\"", "\"\"") + '"';
            // When
            source.sql("ALTER TABLE alike ADD " + column + " text");
            source.sql("ALTER TABLE alike ALTER " + column + " SET STORAGE EXTERNAL");
            source.sql("INSERT INTO alike (id, \"key-part\", " + column + ") VALUES (" + 10 * (i + 1)
                    + ", 'k', repeat('" + i + "', 9000))");
        }
        // Their new record takes the value of the old one along, which is not in the WAL.
        source.sql("UPDATE alike SET id = id + 1 WHERE id > 1");
        source.awaitCaptured(capture);
        // Then
        assertThat(topic("alike")).isEqualTo(renamed(table("alike"), fields));
    }

    private static Map<String, Map<String, String>> renamed(
            Map<String, Map<String, String>> rows, Map<String, String> fields) {
        Map<String, Map<String, String>> renamed = new TreeMap<>();
        rows.forEach((id, row) -> {
            Map<String, String> columns = new TreeMap<>();
            row.forEach((column, value) -> columns.put(fields.get(column), value));
            renamed.put(id, columns);
        });
        return renamed;
    }

    @Test
    void aRequirementThatOlderRecordsDoNotMeetStaysOutOfTheSchema() throws Exception {
        source.sql("CREATE TABLE tightened (id bigint PRIMARY KEY, size bigint)");
        source.captureAlso("tightened");
        Capture first = source.streaming();
        source.sql("INSERT INTO tightened VALUES (1, 1)");
        source.awaitCaptured(first);
        source.sql("DELETE FROM tightened");
        source.sql("ALTER TABLE tightened ALTER size SET NOT NULL, ADD part bigint GENERATED ALWAYS AS IDENTITY");
        source.sql("INSERT INTO tightened VALUES (2, 2)");
        source.awaitCaptured(first);
        first.close();
        source.sql("INSERT INTO tightened VALUES (3, 3)");
        Capture second = source.streaming();
        source.awaitCaptured(second);
        assertThat(topic("tightened")).isEqualTo(table("tightened"));
        assertThat(read("sync.public.tightened", 5))
                .filteredOn(record -> record.after() != null && record.after().hasField("part"))
                .hasSize(2)
                .allSatisfy(record -> assertThat(record.after()
                                .getSchema()
                                .getField("part")
                                .schema()
                                .isNullable())
                        .isTrue());
    }

    @Test
    void aChangedPrimaryKeyStopsTheSource() throws Exception {
        // Given
        source.sql("CREATE TABLE keyed (id bigint, part int NOT NULL, PRIMARY KEY (id, part))");
        source.captureAlso("keyed");
        Capture capture = source.streaming();
        source.sql("INSERT INTO keyed VALUES (1, 1), (1, 2)");
        source.awaitCaptured(capture);
        // When
        source.sql("ALTER TABLE keyed DROP CONSTRAINT keyed_pkey, ADD PRIMARY KEY (part)");
        source.sql("INSERT INTO keyed VALUES (1, 3)");
        // Then
        assertThat(failure(capture))
                .contains(
                        "table keyed",
                        "primary key was (id long, part int) and is (part int)",
                        "waltally resume sync --new-epoch");
        // And when
        capture.resume(true, false);
        waitFor("streaming", () -> capture.status().state() == CaptureState.STREAMING);
        source.sql("DELETE FROM keyed WHERE part = 2");
        source.awaitCaptured(capture);
        capture.close();
        Capture restarted = source.streaming();
        source.sql("INSERT INTO keyed VALUES (1, 4)");
        source.awaitCaptured(restarted);
        // Then
        assertThat(keys("keyed", 3)).containsExactlyInAnyOrder("{\"part\": 1}", "{\"part\": 3}", "{\"part\": 4}");
    }

    @Test
    void theDefaultOfAnAddedColumnIsWhatOlderRowsHave() throws Exception {
        // Given
        List<String> tables = List.of("aged", "parted");
        source.sql("CREATE TABLE aged (id bigint PRIMARY KEY)");
        source.sql("CREATE TABLE parted (id bigint PRIMARY KEY) PARTITION BY RANGE (id)");
        source.sql("CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (2)");
        source.sql("CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (2) TO (9)");
        source.captureAlso(tables.toArray(String[]::new));
        Capture first = source.streaming();
        for (String table : tables) {
            source.sql("INSERT INTO " + table + " VALUES (1)");
        }
        source.awaitCaptured(first);
        first.close();
        // When
        for (String table : tables) {
            String alter = "ALTER TABLE " + table + " ";
            source.sql(alter + "ADD dropped int NOT NULL DEFAULT 7, ADD changed jsonb NOT NULL DEFAULT '{}',"
                    + " ADD later int, ADD since timestamptz DEFAULT now(), ADD part box DEFAULT '(3,4),(1,2)',"
                    + " ADD odd float8 DEFAULT 'NaN', ADD braced text DEFAULT '{}', ADD empty text NOT NULL DEFAULT '',"
                    + " ADD list text[] DEFAULT '{a,NULL,\"{}\"}', ADD held text DEFAULT '${a}'");
            source.sql(alter + "ALTER dropped DROP DEFAULT, ALTER changed SET DEFAULT '[]', ALTER later SET DEFAULT 9,"
                    + " ALTER since DROP DEFAULT, ALTER part DROP DEFAULT, ALTER empty SET DEFAULT 'x',"
                    + " ALTER list SET DEFAULT '{}', ALTER held DROP DEFAULT");
            source.sql("INSERT INTO " + table + " (id, dropped) VALUES (2, 8)");
        }
        Capture second = source.streaming();
        source.awaitCaptured(second);
        // Then
        for (String table : tables) {
            Schema row = row(read("sync.public." + table, 2).get(1));
            assertThat(row.getField("dropped").defaultVal()).as(table).isEqualTo(7);
            assertThat(row.getField("changed").defaultVal()).isEqualTo("{ }");
            assertThat(row.getField("later").defaultVal()).isEqualTo(JsonProperties.NULL_VALUE);
            assertThat(Instant.parse((String) row.getField("since").defaultVal()))
                    .isEqualTo(Instant.ofEpochMilli(0)
                            .plus(
                                    source.number("SELECT (extract(epoch FROM since) * 1000000)::bigint FROM " + table
                                            + " WHERE id = 1"),
                                    ChronoUnit.MICROS));
            assertThat(row.getField("part").defaultVal()).isNotEqualTo(JsonProperties.NULL_VALUE);
            assertThat(row.getField("odd").defaultVal()).isEqualTo(JsonProperties.NULL_VALUE);
            assertThat(row.getField("braced").defaultVal()).isEqualTo(JsonProperties.NULL_VALUE);
            assertThat(row.getField("empty").defaultVal()).isEqualTo("");
            assertThat(row.getField("list").defaultVal()).isEqualTo(List.of("a", JsonProperties.NULL_VALUE, "{}"));
            assertThat(row.getField("held").defaultVal()).isEqualTo("${a}");
        }
        // And when the table is rewritten, so that PostgreSQL keeps the values beside the columns no more
        source.sql("ALTER TABLE aged ADD drawn uuid NOT NULL DEFAULT gen_random_uuid(),"
                + " ADD numbered int GENERATED ALWAYS AS IDENTITY, ALTER changed DROP DEFAULT, ALTER odd DROP DEFAULT");
        source.sql("INSERT INTO aged (id, dropped, changed) VALUES (3, 8, '{}')");
        source.awaitCaptured(second);
        second.close();
        source.sql("ALTER TABLE aged ALTER later SET DEFAULT 10, ALTER empty DROP DEFAULT");
        source.sql("INSERT INTO aged (id, dropped, changed, empty) VALUES (4, 8, '{}', '')");
        source.awaitCaptured(source.streaming());
        // Then the fields keep their defaults
        List<Captured> records = read("sync.public.aged", 4);
        for (Schema.Field field : row(records.get(1)).getFields()) {
            assertThat(row(records.get(2)).getField(field.name())).isEqualTo(field);
        }
        assertThat(row(records.get(2)).getField("drawn").defaultVal()).isEqualTo(JsonProperties.NULL_VALUE);
        assertThat(row(records.get(2)).getField("numbered").defaultVal()).isEqualTo(JsonProperties.NULL_VALUE);
        // And another default of the table is no new version, which consumers find by its text
        CachedSchemaRegistryClient registry = new CachedSchemaRegistryClient(
                source.infrastructure().registry().toString(), 100);
        assertThat(registry.getAllVersions("sync.public.aged-value")).hasSize(3);
        for (int version : registry.getAllVersions("sync.public.aged-value")) {
            assertThat(registry.getVersion(
                            "sync.public.aged-value",
                            registry.getSchemaBySubjectAndId(
                                    "sync.public.aged-value",
                                    registry.getSchemaMetadata("sync.public.aged-value", version)
                                            .getId())))
                    .isEqualTo(version);
        }
    }

    private static Schema row(Captured record) {
        return record.after().getSchema();
    }

    @Test
    void aDefaultOfAKeyColumnChangesNoKey() throws Exception {
        source.sql("CREATE TABLE defaulted (id bigint PRIMARY KEY, note text)");
        source.captureAlso("defaulted");
        Capture capture = source.streaming();
        source.sql("INSERT INTO defaulted VALUES (1, 'a')");
        source.awaitCaptured(capture);
        source.sql("ALTER TABLE defaulted ALTER id SET DEFAULT 5, ADD another text");
        source.sql("UPDATE defaulted SET note = 'b'");
        source.awaitCaptured(capture);
        List<Captured> records = read("sync.public.defaulted", 2);
        assertThat(records.get(1).after().hasField("another")).isTrue();
        assertThat(records.get(1).record().key().getSchema())
                .isEqualTo(records.get(0).record().key().getSchema());
    }

    @Test
    void changesOfSeveralSchemasThatWaitInTheLogAreEachReadWithTheirOwn() throws Exception {
        // Given
        source.sql("CREATE TABLE waiting (id bigint PRIMARY KEY, a text, b int NOT NULL DEFAULT 1, c text)");
        source.captureAlso("waiting");
        Capture first = source.streaming();
        source.sql("INSERT INTO waiting VALUES (1, 'one', 1, NULL)");
        source.awaitCaptured(first);
        first.close();
        // When
        source.sql("INSERT INTO waiting VALUES (2, 'two', 2, NULL)");
        source.sql("ALTER TABLE waiting ADD d text DEFAULT 'd', ADD e int NOT NULL DEFAULT 7");
        source.sql("INSERT INTO waiting VALUES (3, 'three', 3, 'c', 'x', 8)");
        source.sql("ALTER TABLE waiting DROP b");
        source.sql("INSERT INTO waiting VALUES (4, 'four', 'c', 'x', 9)");
        source.sql("ALTER TABLE waiting RENAME a TO renamed");
        source.sql("INSERT INTO waiting VALUES (5, 'five', 'c', 'x', 10)");
        source.sql("DELETE FROM waiting WHERE id = 4");
        Capture second = source.streaming();
        source.awaitCaptured(second);
        // Then
        List<Captured> records = read("sync.public.waiting", 7);
        assertThat(records)
                .extracting(record -> record.operation() + record.record().key().get("id"))
                .containsExactly("c1", "c2", "c3", "c4", "c5", "d4", "4");
        assertThat(records.get(1).after().get("a")).hasToString("two");
        assertThat(records.get(1).after().get("b")).isEqualTo(2);
        assertThat(records.get(2).after().get("e")).isEqualTo(8);
        assertThat(records.get(4).after().get("renamed")).hasToString("five");
        source.sql("UPDATE waiting SET c = 'end'");
        source.awaitCaptured(second);
        assertThat(topic("waiting")).isEqualTo(table("waiting")).hasSize(4);
    }

    /** Debezium reads a table's columns again at a label that it does not know. */
    @Test
    void aLabelThatIsNotKnownChangesNoOtherColumn() throws Exception {
        // Given
        source.sql("CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN felt AS mood");
        source.sql("CREATE TABLE moods (id bigint PRIMARY KEY, dropped text, mood mood, felt felt,"
                + " twice bigint GENERATED ALWAYS AS (id * 2) STORED, a text, b text)");
        source.captureAlso("moods");
        Capture first = source.streaming();
        source.sql("INSERT INTO moods VALUES (1, 'x', 'sad', 'sad', DEFAULT, 'a', 'b')");
        source.awaitCaptured(first);
        first.close();
        // When: rows that wait in the log while labels and columns change
        source.sql("INSERT INTO moods VALUES (2, 'x', 'sad', 'ok', DEFAULT, 'a', 'b'),"
                + " (3, 'x', 'sad', 'ok', DEFAULT, 'a', 'b'), (4, 'x', 'ok', NULL, DEFAULT, 'a', 'b')");
        source.sql("ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'");
        source.sql("ALTER TYPE mood ADD VALUE 'great'");
        source.sql("ALTER TABLE moods DROP dropped");
        source.sql("INSERT INTO moods VALUES (5, 'great', 'great', DEFAULT, 'a', 'b'),"
                + " (6, 'great', 'great', DEFAULT, 'a', 'b')");
        Capture second = source.streaming();
        source.awaitCaptured(second);
        // And rows that do not wait
        source.sql("ALTER TYPE mood ADD VALUE 'greater'");
        source.sql("INSERT INTO moods VALUES (7, 'greater', 'greater', DEFAULT, 'a', 'b'),"
                + " (8, 'greater', 'greater', DEFAULT, 'a', 'b')");
        source.awaitCaptured(second);
        // Then
        assertThat(read("sync.public.moods", 8))
                .extracting(record -> texts(record.after(), "id", "dropped", "mood", "felt", "a", "b"))
                .containsExactly(
                        "1 x sad sad a b",
                        "2 x sad ok a b",
                        "3 x sad ok a b",
                        "4 x ok null a b",
                        "5 - great great a b",
                        "6 - great great a b",
                        "7 - greater greater a b",
                        "8 - greater greater a b");
    }

    private static String texts(GenericRecord row, String... columns) {
        return Stream.of(columns)
                .map(column -> row.hasField(column) ? String.valueOf(row.get(column)) : "-")
                .collect(Collectors.joining(" "));
    }

    @Test
    void aKeyColumnThatWasRenamedWhileCaptureWasDownStopsTheSource() throws Exception {
        source.sql("CREATE TABLE renamed (id bigint, part int, PRIMARY KEY (id, part))");
        source.captureAlso("renamed");
        Capture first = source.streaming();
        source.sql("INSERT INTO renamed VALUES (1, 1)");
        source.awaitCaptured(first);
        first.close();
        source.sql("INSERT INTO renamed VALUES (1, 2), (1, 3)");
        source.sql("ALTER TABLE renamed RENAME part TO piece");
        assertThat(failure(source.capture())).contains("table renamed", "--new-epoch");
        assertThat(read("sync.public.renamed", 1)).hasSize(1);
    }

    private void bso(String id) throws SQLException {
        source.sql("INSERT INTO user_collections VALUES (1, 1, now()) ON CONFLICT DO NOTHING");
        source.sql("INSERT INTO bsos (user_id, collection_id, bso_id, payload, modified, expiry) VALUES (1, 1, '" + id
                + "', 'x', now(), now())");
    }

    private List<Captured> read(String topic, int records) {
        List<Captured> read = source.read(topic).until(all -> all.size() >= records);
        assertThat(read).hasSize(records);
        return read.stream()
                .sorted(Comparator.comparing(
                                (Captured record) -> record.headers().sequence())
                        .thenComparing(record -> record.headers().position()))
                .toList();
    }

    /** The live keys of a table's topic, once there are so many. */
    private List<String> keys(String table, int count) {
        String topic = "sync.public." + table;
        return List.copyOf(latest(
                        source.read(topic).until(all -> latest(all, topic).size() == count), topic)
                .keySet());
    }

    private static String failure(Capture capture) throws InterruptedException {
        waitFor("failed", () -> capture.status().state() == CaptureState.FAILED);
        return capture.status().reason().orElseThrow();
    }

    private static Lsn lsn(String reason) {
        Matcher matcher = LSN.matcher(reason);
        assertThat(matcher.find()).isTrue();
        return Lsn.parse(matcher.group());
    }

    /** The rows of a table in its topic, by column, without NULLs: older rows have no columns that came later. */
    private Map<String, Map<String, String>> topic(String table) throws Exception {
        String topic = "sync.public." + table;
        Map<String, Map<String, String>> rows = new TreeMap<>();
        int count = table(table).size();
        latest(source.read(topic).until(all -> latest(all, topic).size() == count), topic)
                .values()
                .forEach(row -> {
                    Map<String, String> columns = new TreeMap<>();
                    for (Schema.Field field : row.getSchema().getFields()) {
                        put(columns, field.name(), row.get(field.pos()));
                    }
                    rows.put(columns.get("id"), columns);
                });
        return rows;
    }

    private Map<String, Map<String, String>> table(String table) throws SQLException {
        Map<String, Map<String, String>> rows = new TreeMap<>();
        try (Statement statement = source.writer().createStatement();
                ResultSet result = statement.executeQuery("SELECT * FROM \"" + table + "\"")) {
            while (result.next()) {
                Map<String, String> columns = new TreeMap<>();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    put(columns, result.getMetaData().getColumnName(i), result.getObject(i));
                }
                rows.put(columns.get("id"), columns);
            }
        }
        return rows;
    }

    private static void put(Map<String, String> columns, String name, @Nullable Object value) {
        if (value != null) {
            columns.put(name, value.toString());
        }
    }

    /** Does what the error says. */
    private static void send(String reason) throws IOException, InterruptedException {
        Matcher request = REQUEST.matcher(reason);
        assertThat(request.find()).as(reason).isTrue();
        put(URI.create(request.group(1)), request.group(2));
    }

    private static void put(URI uri, String body) throws IOException, InterruptedException {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(uri)
                                .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                                .PUT(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    }
}

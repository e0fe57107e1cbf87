package io.waltally.sinks.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.avro.AvroSchemaProvider;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClientFactory;
import io.waltally.embedded.PostgresServer;
import io.waltally.embedded.ServerOptions;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.serde.KeySchema;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.sinks.jdbc.SinkDatabase;
import io.waltally.sinks.jdbc.SinkLogin;
import io.waltally.sinks.target.CompletePosition;
import io.waltally.sinks.target.ResetRequest;
import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TopicOffsets;
import io.waltally.sinks.target.WriterClaim;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReplicaTargetIT {
    private static final String TOPIC = "s3.public.things";
    private static final String PLACEHOLDER = "__debezium_unavailable_value";
    private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);
    private static final Uuid TOPIC_ID = Uuid.randomUuid();
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private static final Schema KEY = SchemaBuilder.record("Key")
            .fields()
            .requiredString("name")
            .requiredInt("id")
            .endRecord();
    private static final Schema ROW = SchemaBuilder.record("Value")
            .fields()
            .requiredInt("id")
            .requiredString("name")
            .optionalString("body")
            .endRecord();
    private static final Schema WIDER_ROW = SchemaBuilder.record("Value")
            .fields()
            .requiredInt("id")
            .requiredString("name")
            .optionalString("body")
            .nullableString("added", "it's 'new'\\")
            .endRecord();

    private static final Schema NUMBER_ROW = SchemaBuilder.record("Value")
            .fields()
            .requiredInt("id")
            .requiredString("name")
            .optionalInt("body")
            .endRecord();

    private static final Schema REAL_ROW = SchemaBuilder.record("Value")
            .fields()
            .requiredInt("id")
            .requiredString("name")
            .optionalFloat("ratio")
            .endRecord();
    private static final Schema DOUBLE_ROW = SchemaBuilder.record("Value")
            .fields()
            .requiredInt("id")
            .requiredString("name")
            .optionalDouble("ratio")
            .endRecord();

    private static PostgresServer server;
    private static int databases;

    private final String mock = "mock://replica-" + databases;
    private final SchemaRegistryClient registry = SchemaRegistryClientFactory.newClient(
            List.of(mock), 100, List.of(new AvroSchemaProvider()), Map.of(), Map.of());
    private String url;
    private Connection admin;
    private ReplicaTarget target;
    private long offset;

    @BeforeAll
    static void startServer() {
        server = PostgresServer.start(ServerOptions.ephemeral());
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void createDatabase() throws SQLException {
        String database = "target_" + databases++;
        try (Connection connection = connect(server.address().jdbcUrl("postgres"))) {
            if (databases == 1) {
                ReplicaFixture.execute(connection, "CREATE ROLE replicator LOGIN");
            }
            ReplicaFixture.execute(connection, "CREATE DATABASE " + database);
            ReplicaFixture.execute(connection, "GRANT CREATE ON DATABASE " + database + " TO replicator");
        }
        url = server.address().jdbcUrl(database);
        admin = connect(url);
        target = open();
    }

    @AfterEach
    void close() throws SQLException {
        target.close();
        admin.close();
    }

    private static Connection connect(String url) throws SQLException {
        return DriverManager.getConnection(url, PostgresServer.USER, "");
    }

    private ReplicaTarget open() {
        return open("copy", "lake");
    }

    private ReplicaTarget open(String sink, String schema) {
        return open(sink, schema, TIMEOUT);
    }

    private ReplicaTarget open(String sink, String schema, Duration statementTimeout) {
        SinkDatabase database = new SinkDatabase(sink, new SinkLogin(url, "replicator", ""), statementTimeout, TIMEOUT);
        return new ReplicaTarget(sink, database, Source.S3, List.of("things"), schema, RegistryAccess.of(mock));
    }

    private void reopen(String sink, String schema) {
        target.close();
        target = open(sink, schema);
    }

    private void claim(String resetId) {
        claim("cluster", resetId, Instant.now());
    }

    private void claim(String cluster, String resetId, Instant resetAt) {
        target.claim(new WriterClaim(
                cluster,
                Map.of(PARTITION, TOPIC_ID),
                resetId.isEmpty() ? Optional.empty() : Optional.of(new ResetRequest(resetId, resetAt))));
    }

    private ConsumerRecord<byte[], byte[]> upsert(Schema row, int id, String name, Object... columns) {
        GenericRecordBuilder after = new GenericRecordBuilder(row).set("id", id).set("name", name);
        for (int i = 0; i < columns.length; i++) {
            after.set(row.getFields().get(2 + i), columns[i]);
        }
        Schema envelope = envelope(row);
        GenericRecord value = new GenericRecordBuilder(envelope)
                .set("before", null)
                .set("after", after.build())
                .set("op", "u")
                .build();
        return record(id, name, encode(TOPIC + "-value", value));
    }

    /** The record under a key that has the id only. */
    private ConsumerRecord<byte[], byte[]> under(Schema key, ConsumerRecord<byte[], byte[]> record, Object id) {
        ConsumerRecord<byte[], byte[]> other = new ConsumerRecord<>(
                TOPIC,
                0,
                record.offset(),
                encode(
                        TOPIC + "-key",
                        new GenericRecordBuilder(key).set("id", id).build()),
                record.value());
        record.headers().forEach(other.headers()::add);
        return other;
    }

    private static Schema envelope(Schema row) {
        return SchemaBuilder.record("Envelope")
                .fields()
                .name("before")
                .type(Schema.createUnion(Schema.create(Schema.Type.NULL), row))
                .withDefault(null)
                .name("after")
                .type(Schema.createUnion(Schema.create(Schema.Type.NULL), row))
                .withDefault(null)
                .requiredString("op")
                .endRecord();
    }

    private ConsumerRecord<byte[], byte[]> tombstone(int id, String name) {
        return record(id, name, null);
    }

    private ConsumerRecord<byte[], byte[]> record(int id, String name, byte[] value) {
        GenericRecord key =
                new GenericRecordBuilder(KEY).set("name", name).set("id", id).build();
        ConsumerRecord<byte[], byte[]> record =
                new ConsumerRecord<>(TOPIC, 0, offset++, encode(TOPIC + "-key", key), value);
        new ChangeHeaders(Source.S3, 1, 1, 1, 1, Optional.empty()).addTo(record.headers());
        return record;
    }

    private byte[] encode(String subject, GenericRecord value) {
        try {
            int id = registry.register(subject, new AvroSchema(value.getSchema()));
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.write(ByteBuffer.allocate(5).put((byte) 0).putInt(id).array());
            BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
            new GenericDatumWriter<>(value.getSchema()).write(value, encoder);
            encoder.flush();
            return bytes.toByteArray();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @SafeVarargs
    @SuppressWarnings("varargs")
    private void write(ConsumerRecord<byte[], byte[]>... records) {
        target.begin();
        try {
            target.apply(List.of(records));
            target.commit(TopicOffsets.of(Map.of(PARTITION, offset)));
        } catch (RuntimeException e) {
            target.rollback();
            throw e;
        }
    }

    private String rows() throws SQLException {
        return ReplicaFixture.text(admin, "SELECT string_agg(t::text, ' ' ORDER BY id, name) FROM lake.things t");
    }

    private void sql(String statement) throws SQLException {
        ReplicaFixture.execute(admin, statement);
    }

    @Test
    void theLastStateOfEachRowIsWritten() throws SQLException {
        claim("");
        write(
                upsert(ROW, 1, "a", "one"),
                upsert(ROW, 1, "a", "two"),
                upsert(ROW, 2, "a", "gone"),
                tombstone(2, "a"),
                tombstone(3, "a"),
                upsert(ROW, 3, "a", "again"));
        assertThat(rows()).isEqualTo("(1,a,two) (3,a,again)");
        write(upsert(ROW, 1, "a", "three"), upsert(ROW, 4, "a", "new"), tombstone(3, "a"));
        assertThat(rows()).isEqualTo("(1,a,three) (4,a,new)");
    }

    @Test
    void theKeyHasTheOrderOfTheSourcesKey() throws SQLException {
        claim("");
        write(upsert(ROW, 1, "a", "one"));
        assertThat(ReplicaFixture.text(
                        admin,
                        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'p'"
                                + " AND conrelid = 'lake.things'::regclass"))
                .isEqualTo("PRIMARY KEY (name, id)");
    }

    @Test
    void anAddedColumnHasItsDefaultInRowsOfBothVersions() throws SQLException {
        claim("");
        write(upsert(ROW, 1, "a", "old"));
        write(upsert(WIDER_ROW, 2, "a", "new", "x"), upsert(ROW, 3, "a", "late"), upsert(WIDER_ROW, 4, "a", "y", null));
        write(upsert(ROW, 2, "a", "after the column was dropped"));
        assertThat(rows())
                .isEqualTo("(1,a,old,\"it's 'new'\\\\\") (2,a,\"after the column was dropped\",x)"
                        + " (3,a,late,\"it's 'new'\\\\\") (4,a,y,)");
    }

    @Test
    void tableCreatedInARolledBackTransactionIsCreatedAgain() throws SQLException {
        claim("");
        target.begin();
        target.apply(List.of(upsert(ROW, 1, "a", "one")));
        target.rollback();
        write(upsert(ROW, 1, "a", "one"));
        assertThat(rows()).isEqualTo("(1,a,one)");
    }

    @Test
    void anUnchangedValueIsThatOfAnEarlierRecordOrOfTheTarget() throws SQLException {
        claim("");
        write(upsert(ROW, 1, "a", "one"), upsert(ROW, 1, "a", PLACEHOLDER), upsert(ROW, 2, "a", "two"));
        assertThat(rows()).isEqualTo("(1,a,one) (2,a,two)");
        write(upsert(WIDER_ROW, 2, "a", PLACEHOLDER, "x"), upsert(WIDER_ROW, 1, "a", PLACEHOLDER, "y"));
        assertThat(rows()).isEqualTo("(1,a,one,y) (2,a,two,x)");
    }

    @Test
    void aValueThatLooksLikeThePlaceholderIsOneUnlessTheRecordMayOmitValues() throws SQLException {
        claim("");
        write(as("c", upsert(ROW, 1, "a", PLACEHOLDER)), as("r", upsert(ROW, 2, "a", PLACEHOLDER)));
        write(upsert(ROW, 1, "a", PLACEHOLDER), as("r", upsert(ROW, 3, "a", "three")));
        assertThat(rows()).isEqualTo("(1,a,%s) (2,a,%s) (3,a,three)".formatted(PLACEHOLDER, PLACEHOLDER));
        assertThat(target.missingRows()).isEmpty();
        ConsumerRecord<byte[], byte[]> moved = as("c", upsert(ROW, 4, "a", PLACEHOLDER));
        moved.headers().add(ChangeHeaders.OLD_KEY, new byte[0]);
        write(moved);
        assertThat(target.missingRows().orElseThrow()).contains("(1 of s3.things)");
        assertThatThrownBy(() -> write(as("x", upsert(ROW, 5, "a", PLACEHOLDER))))
                .isInstanceOfSatisfying(
                        TargetException.class, e -> assertThat(e.kind()).isEqualTo(TargetException.Kind.REFUSED));
    }

    /** The record with another operation. Its code is the last field. */
    private static ConsumerRecord<byte[], byte[]> as(String operation, ConsumerRecord<byte[], byte[]> record) {
        record.value()[record.value().length - 1] = (byte) operation.charAt(0);
        return record;
    }

    @Test
    void aRowWithoutAllItsValuesIsMissingUntilARecordHasThem() throws SQLException {
        claim("");
        write(upsert(ROW, 1, "a", PLACEHOLDER), upsert(ROW, 2, "a", "two"), upsert(ROW, 3, "b", PLACEHOLDER));
        assertThat(rows()).isEqualTo("(2,a,two)");
        assertThat(target.missingRows())
                .contains(
                        "rows are missing or out of date (2 of s3.things): the topics do not have all their values any"
                                + " more, or their records were set aside. To read them again: waltally snapshot s3.things");
        target.close();
        target = open();
        claim("");
        write(upsert(ROW, 1, "a", PLACEHOLDER), tombstone(3, "b"));
        assertThat(target.missingRows().orElseThrow()).contains("(1 of s3.things)");
        target.begin();
        target.apply(List.of(upsert(ROW, 1, "a", "one")));
        target.rollback();
        assertThat(target.missingRows().orElseThrow()).contains("(1 of s3.things)");
        write(upsert(ROW, 1, "a", "one"));
        assertThat(target.missingRows()).isEmpty();
        assertThat(rows()).isEqualTo("(1,a,one) (2,a,two)");
    }

    @Test
    void aRowWhoseRecordWasSetAsideIsOutOfDateUntilARecordBringsItWhole() throws SQLException {
        claim("");
        write(upsert(WIDER_ROW, 1, "a", "one", "x"), upsert(WIDER_ROW, 2, "a", "two", "x"));
        sql("ALTER TABLE lake.things ADD CHECK (added <> 'bad');"
                + " CREATE TABLE lake.users (id int, name text, FOREIGN KEY (name, id) REFERENCES lake.things);"
                + " INSERT INTO lake.users VALUES (2, 'a')");
        setAside(upsert(WIDER_ROW, 1, "a", "changed", "bad"));
        setAside(tombstone(2, "a"));
        assertThat(target.missingRows().orElseThrow()).contains("(2 of s3.things)");
        // An update without the changed value would make a row that the source never had.
        write(upsert(WIDER_ROW, 1, "a", PLACEHOLDER, "good"), upsert(WIDER_ROW, 3, "a", "three", "x"));
        write(upsert(WIDER_ROW, 3, "a", PLACEHOLDER, "y"));
        assertThat(rows()).isEqualTo("(1,a,one,x) (2,a,two,x) (3,a,three,y)");
        assertThat(target.missingRows().orElseThrow()).contains("(2 of s3.things)");
        sql("DROP TABLE lake.users");
        write(upsert(WIDER_ROW, 1, "a", "changed", "good"), tombstone(2, "a"));
        assertThat(target.missingRows()).isEmpty();
        assertThat(rows()).isEqualTo("(1,a,changed,good) (3,a,three,y)");
    }

    private void setAside(ConsumerRecord<byte[], byte[]> record) {
        assertThatThrownBy(() -> write(record))
                .isInstanceOfSatisfying(
                        TargetException.class, e -> assertThat(e.kind()).isEqualTo(TargetException.Kind.REFUSED));
        target.begin();
        target.noteSetAside(record);
        target.commit(TopicOffsets.of(Map.of(PARTITION, offset)));
    }

    @Test
    void aRowThatIsSetAsideForItsKeyIsOutOfDateToo() throws SQLException {
        claim("");
        // The table is not made yet, and the server has no such schema of the value.
        setAside(record(1, "a", new byte[] {0, 0, 0, 3, 77, 1}));
        write(upsert(ROW, 2, "a", "two"));
        sql("ALTER TABLE lake.things ALTER name TYPE varchar(3)");
        setAside(upsert(ROW, 3, "long", "three"));
        assertThat(target.missingRows().orElseThrow()).contains("(2 of s3.things)");
        sql("ALTER TABLE lake.things ALTER name TYPE text");
        write(upsert(ROW, 1, "a", "one"), upsert(ROW, 3, "long", "three"));
        assertThat(target.missingRows()).isEmpty();
        assertThat(rows()).isEqualTo("(1,a,one) (2,a,two) (3,long,three)");
        ConsumerRecord<byte[], byte[]> last = upsert(ROW, 4, "a", "four");
        ConsumerRecord<byte[], byte[]> unreadable =
                new ConsumerRecord<>(TOPIC, 0, offset++, new byte[] {0, 0, 0, 3, 77, 1}, last.value());
        last.headers().forEach(unreadable.headers()::add);
        setAside(unreadable);
        assertThat(ReplicaFixture.text(admin, "SELECT row_key FROM waltally.replica_incomplete_rows"))
                .isEqualTo("{\"s3.public.things-0 offset " + unreadable.offset() + "\"}");
    }

    @Test
    void aRowThatAnotherInstanceHasNotedIsMadeWholeAfterATakeover() throws SQLException {
        claim("");
        write(upsert(ROW, 1, "a", "one"));
        ReplicaTarget first = target;
        try (ReplicaTarget second = open()) {
            target = second;
            claim("");
            write(upsert(ROW, 2, "a", PLACEHOLDER));
            target = first;
            claim("");
            write(upsert(ROW, 2, "a", "two"));
            assertThat(target.missingRows()).isEmpty();
            assertThat(rows()).isEqualTo("(1,a,one) (2,a,two)");
        }
    }

    @Test
    void aRowThatWasMadeAgainTakesNoValueOfTheFormerOne() throws SQLException {
        claim("");
        write(upsert(ROW, 1, "a", "one"));
        write(tombstone(1, "a"), upsert(ROW, 1, "a", PLACEHOLDER));
        assertThat(rows()).isNull();
        assertThat(target.missingRows().orElseThrow()).contains("(1 of s3.things)");
    }

    @Test
    void progressIsKeptAndResetForgetsIt() throws SQLException {
        claim("");
        assertThat(target.completeTo()).isEmpty();
        CompletePosition position =
                new CompletePosition(Source.S3, 3, Lsn.parse("1/2A"), Instant.parse("2024-02-29T12:00:00Z"));
        target.begin();
        target.apply(List.of(upsert(ROW, 1, "a", "one")));
        target.commit(new TopicOffsets(Map.of(PARTITION, offset), Optional.of(position)));
        target.close();
        target = open();
        claim("");
        assertThat(target.completeTo()).contains(position);
        target.close();
        target = open();
        claim("again");
        assertThat(target.completeTo()).isEmpty();
        assertThat(rows()).isNull();
        write(upsert(ROW, 1, "a", "one"));
        assertThat(rows()).isEqualTo("(1,a,one)");
    }

    @Test
    void aRowOfALaterIncarnationWithdrawsTheProgress() throws SQLException {
        claim("");
        CompletePosition position = new CompletePosition(Source.S3, 1, Lsn.parse("1/2A"), Instant.EPOCH);
        target.begin();
        target.apply(List.of(upsert(ROW, 1, "a", "one")));
        target.commit(new TopicOffsets(Map.of(PARTITION, offset), Optional.of(position)));
        write(upsert(ROW, 1, "a", "two"));
        assertThat(target.completeTo()).contains(position);
        ConsumerRecord<byte[], byte[]> later = upsert(ROW, 2, "a", "restored");
        later.headers().remove(ChangeHeaders.EPOCH).add(ChangeHeaders.EPOCH, "2".getBytes(StandardCharsets.UTF_8));
        target.begin();
        target.apply(List.of(later));
        target.rollback();
        assertThat(target.completeTo()).contains(position);
        TopicPartition partition = new TopicPartition(TOPIC, 1);
        try (ReplicaTarget other = open()) {
            other.claim(new WriterClaim("cluster", Map.of(partition, TOPIC_ID), Optional.empty()));
            complete(other, partition, position);
            assertThat(target.completeTo()).contains(position);
            target.begin();
            target.apply(List.of(later));
            // The other instance has read no record of the later incarnation.
            CompletableFuture<Void> completed = CompletableFuture.runAsync(() -> complete(other, partition, position));
            target.commit(TopicOffsets.of(Map.of(PARTITION, offset)));
            completed.join();
            assertThat(target.completeTo()).isEmpty();
            complete(other, partition, position);
            assertThat(target.completeTo()).isEmpty();
            CompletePosition ofLater = new CompletePosition(Source.S3, 2, Lsn.parse("0/1"), Instant.EPOCH);
            complete(other, partition, ofLater);
            assertThat(target.completeTo()).contains(ofLater);
        }
    }

    private static void complete(ReplicaTarget target, TopicPartition partition, CompletePosition position) {
        target.begin();
        target.commit(new TopicOffsets(Map.of(partition, 0L), Optional.of(position)));
    }

    @Test
    void anAddedTableThatHasRowsOfOthersIsRefused() throws SQLException {
        claim("");
        write(upsert(ROW, 1, "a", "one"));
        complete(target, PARTITION, new CompletePosition(Source.S3, 1, Lsn.parse("1/2A"), Instant.EPOCH));
        sql("CREATE TABLE lake.added (id integer PRIMARY KEY); INSERT INTO lake.added VALUES (7);"
                + " GRANT SELECT, INSERT, UPDATE, DELETE ON lake.added TO replicator");
        target.close();
        SinkDatabase database = new SinkDatabase("copy", new SinkLogin(url, "replicator", ""), TIMEOUT, TIMEOUT);
        target = new ReplicaTarget(
                "copy", database, Source.S3, List.of("things", "added"), "lake", RegistryAccess.of(mock));
        WriterClaim claim = new WriterClaim(
                "cluster",
                Map.of(PARTITION, TOPIC_ID, new TopicPartition(Source.S3.topicOf("added"), 0), TOPIC_ID),
                Optional.empty());
        assertThatThrownBy(() -> target.claim(claim))
                .isInstanceOfSatisfying(
                        TargetException.class, e -> assertThat(e.kind()).isEqualTo(TargetException.Kind.MISCONFIGURED))
                .hasMessageContaining("table \"lake\".\"added\" has rows that sink copy has not written: empty it");
        sql("DELETE FROM lake.added");
        assertThat(target.claim(claim)).containsOnlyKeys(PARTITION);
        assertThat(target.completeTo())
                .as("rows of the added table are missing")
                .isEmpty();
    }

    @Test
    void aTableOfAnotherShapeIsRefusedBeforeAnythingIsWritten() throws SQLException {
        upsert(WIDER_ROW, 1, "a", "one", "x");
        sql("CREATE SCHEMA lake AUTHORIZATION replicator; CREATE TABLE lake.things (id smallint PRIMARY KEY,"
                + " name varchar(10), body integer, extra text NOT NULL); ALTER TABLE lake.things OWNER TO replicator");
        assertThatThrownBy(() -> claim(""))
                .isInstanceOfSatisfying(
                        TargetException.class, e -> assertThat(e.kind()).isEqualTo(TargetException.Kind.MISCONFIGURED))
                .hasMessageContaining("no primary key or unique constraint is on exactly \"name\", \"id\"")
                .hasMessageContaining("column \"id\" is smallint, which does not take each integer (ALTER TABLE"
                        + " \"lake\".\"things\" ALTER COLUMN \"id\" TYPE integer)")
                .hasMessageContaining("column \"body\" is integer, which does not take each text")
                .hasMessageContaining("column \"extra\" is NOT NULL and the source has no such column")
                .hasMessageNotContaining("\"name\" is");
        assertThat(ReplicaFixture.text(
                        admin,
                        "SELECT count(*) FROM pg_attribute WHERE attrelid = 'lake.things'::regclass AND attnum > 0"))
                .isEqualTo("4");
    }

    @Test
    void aColumnThatWouldChangeTextsOrTakeTwoKeysForOneIsRefused() throws SQLException {
        upsert(WIDER_ROW, 1, "a", "one", "x");
        sql(
                "CREATE EXTENSION citext; CREATE SCHEMA lake AUTHORIZATION replicator; CREATE TABLE lake.things (id integer,"
                        + " name citext, body jsonb, added citext, PRIMARY KEY (id, name));"
                        + " ALTER TABLE lake.things OWNER TO replicator");
        assertThatThrownBy(() -> claim(""))
                .hasMessageContaining(
                        "column \"name\" of the key is public.citext, which takes different texts for equal"
                                + " (ALTER TABLE \"lake\".\"things\" ALTER COLUMN \"name\" TYPE text COLLATE"
                                + " pg_catalog.\"default\")")
                .hasMessageContaining("column \"body\" is jsonb, which does not take each text")
                .hasMessageNotContaining("\"added\"");
        sql("CREATE COLLATION lake.folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"
                + " ALTER TABLE lake.things ALTER name TYPE varchar(9) COLLATE lake.folded, ALTER body TYPE json");
        assertThatThrownBy(() -> claim(""))
                .hasMessageContaining(
                        "column \"name\" of the key is character varying(9) with a nondeterministic" + " collation")
                .hasMessageNotContaining("\"body\"");
        sql("ALTER TABLE lake.things ALTER COLUMN name TYPE text COLLATE pg_catalog.\"default\", ALTER body TYPE text");
        claim("");
        write(upsert(WIDER_ROW, 1, "a", "one", "x"), upsert(WIDER_ROW, 1, "A", "two", "X"));
        assertThat(rows()).contains("(1,a,one,x)", "(1,A,two,X)");
    }

    @Test
    void aTableThatSomebodyElseMadeIsUsedIfItTakesTheRows() throws SQLException {
        sql("CREATE SCHEMA lake; GRANT USAGE ON SCHEMA lake TO replicator; CREATE TABLE lake.things (loaded timestamptz"
                + " NOT NULL DEFAULT '2024-02-29', name text, id bigint, body varchar(5), UNIQUE (id, name));"
                + " GRANT SELECT, INSERT, UPDATE, DELETE ON lake.things TO replicator");
        claim("");
        write(upsert(ROW, 1, "a", "one"));
        write(upsert(ROW, 1, "a", "two"));
        assertThat(ReplicaFixture.text(admin, "SELECT (id, name, body)::text FROM lake.things"))
                .isEqualTo("(1,a,two)");
        assertThatThrownBy(() -> write(upsert(ROW, 2, "a", "longer than five")))
                .isInstanceOfSatisfying(
                        TargetException.class, e -> assertThat(e.kind()).isEqualTo(TargetException.Kind.REFUSED));
        assertThatThrownBy(() -> write(upsert(WIDER_ROW, 2, "a", "two", "x")))
                .hasMessageContaining("ALTER TABLE \"lake\".\"things\" ADD COLUMN \"added\" text DEFAULT");
        sql(
                "ALTER TABLE lake.things ADD COLUMN added text; CREATE FUNCTION lake.slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END';"
                        + " CREATE TRIGGER slow AFTER DELETE ON lake.things EXECUTE FUNCTION lake.slow()");
        target.close();
        target = open("copy", "lake", Duration.ofMillis(200));
        claim("again");
        assertThat(ReplicaFixture.text(admin, "SELECT count(*) FROM lake.things"))
                .isEqualTo("0");
    }

    @Test
    void aColumnThatIsAlteredWhileTheSinkRunsTakesWhatItsNewTypeTakes() throws SQLException {
        claim("");
        write(upsert(REAL_ROW, 1, "a", 0.5f));
        write(upsert(REAL_ROW, 1, "a", 0.25f));
        sql("ALTER TABLE lake.things ALTER ratio TYPE double precision");
        write(upsert(DOUBLE_ROW, 1, "a", 0.1234567890123));
        assertThat(rows()).isEqualTo("(1,a,0.1234567890123)");
        sql("ALTER TABLE lake.things ALTER name TYPE varchar(2)");
        assertThatThrownBy(() -> write(upsert(DOUBLE_ROW, 1, "abc", 0.5))).hasMessageContaining("value too long");
        sql("ALTER TABLE lake.things ALTER name TYPE varchar(3)");
        write(upsert(DOUBLE_ROW, 1, "abc", 0.5));
        assertThat(rows()).isEqualTo("(1,a,0.1234567890123) (1,abc,0.5)");
    }

    @Test
    void earlierRecordsOfAnotherTypeNeedATextColumn() throws SQLException {
        ConsumerRecord<byte[], byte[]> earlier = upsert(ROW, 1, "a", "one");
        ConsumerRecord<byte[], byte[]> now = upsert(NUMBER_ROW, 2, "a", 2);
        claim("");
        assertThatThrownBy(() -> write(earlier))
                .hasMessageContaining("column \"body\" is integer, which does not take each text (ALTER TABLE"
                        + " \"lake\".\"things\" ALTER COLUMN \"body\" TYPE text)");
        sql("ALTER TABLE lake.things ALTER COLUMN body TYPE date USING NULL");
        reopen("copy", "lake");
        assertThatThrownBy(() -> claim("")).hasMessageContaining("ALTER COLUMN \"body\" TYPE integer");
        sql("ALTER TABLE lake.things ALTER COLUMN body TYPE text");
        claim("");
        write(earlier, now);
        assertThat(rows()).isEqualTo("(1,a,one) (2,a,2)");
    }

    @Test
    void aTableThatHidesOrLosesRowsIsRefused() throws SQLException {
        upsert(ROW, 1, "a", "one");
        sql(
                "CREATE SCHEMA lake; GRANT USAGE ON SCHEMA lake TO replicator; CREATE TABLE lake.things (id integer, name text,"
                        + " body text, PRIMARY KEY (id, name)) PARTITION BY HASH (id); CREATE UNLOGGED TABLE lake.part PARTITION OF"
                        + " lake.things FOR VALUES WITH (MODULUS 1, REMAINDER 0); ALTER TABLE lake.things ENABLE ROW LEVEL SECURITY;"
                        + " GRANT SELECT, INSERT, UPDATE, DELETE ON lake.things TO replicator");
        assertThatThrownBy(() -> claim(""))
                .hasMessageContaining(
                        "row security hides rows from role replicator, which it would never update or delete"
                                + " (ALTER ROLE \"replicator\" BYPASSRLS)")
                .hasMessageContaining(
                        "a crash of the server would empty unlogged tables: ALTER TABLE lake.part SET LOGGED");
        sql("ALTER TABLE lake.things DISABLE ROW LEVEL SECURITY; ALTER TABLE lake.part SET LOGGED");
        claim("");
        for (String table :
                List.of("sinks", "sink_positions", "replica_progress", "replica_epochs", "replica_tables")) {
            sql("ALTER TABLE waltally." + table + " SET UNLOGGED");
            reopen("copy", "lake");
            assertThatThrownBy(() -> claim("")).hasMessageEndingWith("ALTER TABLE waltally." + table + " SET LOGGED");
            sql("ALTER TABLE waltally." + table + " SET LOGGED");
        }
        claim("");
    }

    @Test
    void changesThatATableDropsWithoutAnErrorAreNoticed() throws SQLException {
        claim("");
        write(upsert(ROW, 1, "a", "one"), upsert(ROW, 2, "a", "two"));
        sql(
                "CREATE FUNCTION lake.drops() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF coalesce(OLD.id, NEW.id) = 2 THEN"
                        + " RETURN NULL; END IF; RETURN coalesce(NEW, OLD); END';"
                        + " CREATE TRIGGER drops BEFORE INSERT OR UPDATE OR DELETE ON lake.things FOR EACH ROW"
                        + " EXECUTE FUNCTION lake.drops();"
                        + " CREATE TRIGGER same BEFORE UPDATE ON lake.things FOR EACH ROW EXECUTE FUNCTION"
                        + " suppress_redundant_updates_trigger()");
        for (ConsumerRecord<byte[], byte[]> record : List.of(
                upsert(ROW, 2, "a", "changed"),
                upsert(WIDER_ROW, 2, "a", PLACEHOLDER, "x"),
                tombstone(2, "a"),
                upsert(ROW, 2, "new", "two"))) {
            assertThatThrownBy(() -> write(upsert(ROW, 1, "a", "uno"), record, tombstone(3, "a")))
                    .isInstanceOfSatisfying(
                            TargetException.class,
                            e -> assertThat(e.kind()).isEqualTo(TargetException.Kind.MISCONFIGURED))
                    .hasMessageContaining("reported no error: trigger drops, trigger same drops them");
        }
        // A trigger that drops nothing but updates of equal rows is none of these.
        write(upsert(ROW, 1, "a", "one"), upsert(ROW, 2, "a", "two"), upsert(ROW, 3, "a", "three"));
        sql("DROP TRIGGER drops ON lake.things; CREATE RULE keeps AS ON DELETE TO lake.things DO INSTEAD NOTHING");
        assertThatThrownBy(() -> write(tombstone(1, "a"))).hasMessageContaining("rule keeps");
        sql("DROP RULE keeps ON lake.things");
        write(tombstone(1, "a"));
        assertThat(rows()).isEqualTo("(2,a,two) (3,a,three)");
    }

    @Test
    void aMissingPrivilegeIsNamedWithItsGrant() throws SQLException {
        upsert(ROW, 1, "a", "one");
        sql("CREATE SCHEMA lake");
        assertThatThrownBy(() -> claim(""))
                .hasMessageContaining("GRANT USAGE, CREATE ON SCHEMA \"lake\" TO \"replicator\"");
        sql("GRANT USAGE ON SCHEMA lake TO replicator");
        assertThatThrownBy(() -> claim(""))
                .hasMessageContaining("GRANT USAGE, CREATE ON SCHEMA \"lake\" TO \"replicator\"");
        sql("CREATE TABLE lake.things (id integer, name text, body text, PRIMARY KEY (id, name));"
                + " GRANT SELECT, INSERT ON lake.things TO replicator");
        assertThatThrownBy(() -> claim(""))
                .hasMessageContaining("GRANT UPDATE, DELETE ON \"lake\".\"things\" TO \"replicator\"");
        sql("GRANT UPDATE, DELETE ON lake.things TO replicator; REVOKE TEMPORARY ON DATABASE "
                + url.substring(url.lastIndexOf('/') + 1) + " FROM public");
        assertThatThrownBy(() -> claim("")).hasMessageContaining("GRANT TEMPORARY ON DATABASE");
    }

    /** As where migrate has made schema waltally: in the database of a source. */
    @Test
    void aSchemaOfAnotherRoleNeedsAGrant() throws SQLException {
        claim("");
        sql("DROP TABLE waltally.replica_progress CASCADE; ALTER SCHEMA waltally OWNER TO " + PostgresServer.USER
                + "; GRANT USAGE ON SCHEMA waltally TO replicator");
        target.close();
        target = open();
        assertThatThrownBy(() -> claim("")).hasMessageContaining("GRANT CREATE ON SCHEMA waltally TO \"replicator\"");
        sql("GRANT CREATE ON SCHEMA waltally TO replicator");
        claim("");
    }

    @Test
    void aResetRequestFromBeforeTheLastWriteIsNotFollowed() throws SQLException {
        claim("");
        write(upsert(ROW, 1, "a", "one"));
        Instant before = Instant.now().minus(Duration.ofHours(1));
        assertThatThrownBy(() -> claim("another cluster", "old", before))
                .hasMessageContaining("of Kafka cluster cluster");
        claim("cluster", "old", before);
        assertThat(rows()).isEqualTo("(1,a,one)");
        claim("another cluster", "new", Instant.now());
        assertThat(rows()).isNull();
    }

    @Test
    void aDroppedTableIsNoticedAlsoTheSecondTime() throws SQLException {
        claim("");
        write(upsert(ROW, 1, "a", "one"));
        sql("DROP TABLE lake.things");
        for (int start = 0; start < 2; start++) {
            reopen("copy", "lake");
            assertForeign("table \"lake\".\"things\" was dropped");
        }
        claim("again");
        write(upsert(ROW, 1, "a", "one"));
        reopen("copy", "lake");
        claim("again");
        assertThat(rows()).isEqualTo("(1,a,one)");
    }

    @Test
    void anotherSchemaIsFilledFromTheBeginning() throws SQLException {
        claim("");
        write(upsert(ROW, 1, "a", "one"));
        for (int start = 0; start < 2; start++) {
            reopen("copy", "pond");
            assertForeign("the rows are in table \"lake\".\"things\", not in schema \"pond\"");
        }
        claim("again");
        assertThat(ReplicaFixture.text(admin, "SELECT count(*) FROM pond.things"))
                .isEqualTo("0");
    }

    @Test
    void recordsUnderAFormerPrimaryKeyArePassedOver() throws SQLException {
        Schema narrow = SchemaBuilder.record("Key").fields().requiredInt("id").endRecord();
        KeySchema.supersede(narrow, 1);
        // Its keys have the same bytes, apart from the schema's id.
        Schema wide = SchemaBuilder.record("Key").fields().requiredLong("id").endRecord();
        KeySchema.supersede(wide, 2);
        claim("");
        ConsumerRecord<byte[], byte[]> former = upsert(ROW, 1, "a", "of the former key");
        write(former, upsert(ROW, 1, "b", "too"));
        assertThatThrownBy(() -> write(under(narrow, upsert(ROW, 1, "a", "one"), 1), former))
                .hasMessageContaining("no primary key or unique constraint is on exactly \"id\"");
        sql("DROP TABLE lake.things");
        reopen("copy", "lake");
        claim("key");
        write(former, upsert(ROW, 1, "b", "of the former key"));
        assertThat(rows()).isNull();
        write(under(narrow, upsert(ROW, 1, "a", "one"), 1), tombstone(1, "a"), tombstone(1, "b"));
        write(tombstone(1, "a"));
        assertThat(rows()).isEqualTo("(1,a,one)");
        write(under(wide, upsert(ROW, 1, "a", "two"), 1L), under(narrow, tombstone(1, "a"), 1));
        assertThat(rows()).isEqualTo("(1,a,two)");
        write(under(wide, tombstone(1, "a"), 1L));
        assertThat(rows()).isNull();
    }

    private void assertForeign(String difference) {
        assertThatThrownBy(() -> claim(""))
                .isInstanceOfSatisfying(
                        TargetException.class, e -> assertThat(e.kind()).isEqualTo(TargetException.Kind.FOREIGN))
                .hasMessageContaining(difference)
                .hasMessageEndingWith("waltally sinks resume copy --reset");
    }

    @Test
    void aSinkTakesOverTheRowsOfAnotherOnlyByAReset() throws SQLException {
        claim("");
        write(upsert(ROW, 1, "a", "one"));
        reopen("renamed", "lake");
        Instant before = Instant.now().minus(Duration.ofHours(1));
        assertThatThrownBy(() -> claim("cluster", "old", before))
                .hasMessageContaining("has rows that sink renamed has not written: give the sink its former name");
        try (ReplicaTarget former = open("copy", "lake")) {
            ReplicaTarget successor = target;
            target = former;
            claim("");
            former.begin();
            former.apply(List.of());
            target = successor;
            claim("new");
            assertThat(rows()).isNull();
            assertThatThrownBy(() -> former.commit(TopicOffsets.of(Map.of(PARTITION, offset))))
                    .isInstanceOfSatisfying(
                            TargetException.class, e -> assertThat(e.kind()).isEqualTo(TargetException.Kind.FENCED));
            former.rollback();
            target = former;
            assertThatThrownBy(() -> write(upsert(ROW, 1, "a", "one"))).hasMessageContaining("has claimed partitions");
            assertThat(rows()).isNull();
            assertThatThrownBy(() -> claim("")).hasMessageContaining("\"lake\".\"things\" is written by sink renamed");
            target = successor;
        }
    }

    @Test
    void positionsThatTheServerHasLostAreNotAdvanced() throws SQLException {
        claim("");
        write(upsert(ROW, 1, "a", "one"));
        String position = ReplicaFixture.text(admin, "SELECT next_offset FROM waltally.sink_positions");
        // A transaction that was rolled back, and one that only confirms the position, have lost nothing.
        target.begin();
        target.apply(List.of(upsert(ROW, 1, "a", "two")));
        target.rollback();
        write(upsert(ROW, 2, "a", "two"));
        write();
        sql("DELETE FROM lake.things WHERE id = 2; UPDATE waltally.sink_positions SET next_offset = " + position);
        assertThatThrownBy(() -> write(upsert(ROW, 3, "a", "three")))
                .isInstanceOfSatisfying(
                        TargetException.class, e -> assertThat(e.kind()).isEqualTo(TargetException.Kind.FENCED));
        claim("");
        write(upsert(ROW, 2, "a", "two"), upsert(ROW, 3, "a", "three"));
        assertThat(rows()).isEqualTo("(1,a,one) (2,a,two) (3,a,three)");
        sql("UPDATE waltally.sink_positions SET next_offset = NULL");
        assertThatThrownBy(() -> write(upsert(ROW, 4, "a", "four"))).hasMessageContaining("has lost transactions");
    }

    @Test
    void commitsWaitForTheDiskWhateverTheDatabaseSays() throws SQLException {
        for (String setting : List.of("off", "remote_write")) {
            sql("ALTER DATABASE " + url.substring(url.lastIndexOf('/') + 1) + " SET synchronous_commit = " + setting);
            try (SinkDatabase database =
                            new SinkDatabase("copy", new SinkLogin(url, "replicator", ""), TIMEOUT, TIMEOUT);
                    Connection session = database.open()) {
                assertThat(ReplicaFixture.text(session, "SHOW synchronous_commit"))
                        .isEqualTo(setting.equals("off") ? "local" : setting);
            }
        }
    }

    @Test
    void aRecordThatIsNotFromCaptureIsRefused() {
        ConsumerRecord<byte[], byte[]> record = upsert(ROW, 1, "a", "one");
        assertThat(target.refusal(record)).isEmpty();
        record.headers().remove(ChangeHeaders.SEQUENCE);
        assertThat(target.refusal(record))
                .hasValueSatisfying(reason -> assertThat(reason)
                        .hasMessage("s3.public.things-0 offset 0 is not from capture: it has no header waltally.seq"));
    }

    @Test
    void aRecordThatCannotBeReadIsNamed() {
        claim("");
        ConsumerRecord<byte[], byte[]> before = upsert(ROW, 1, "a", "one");
        byte[] cut = Arrays.copyOf(before.value(), before.value().length - 5);
        Map<byte[], String> reasons = Map.of(
                new byte[] {1, 2, 3},
                "the record is not in the Confluent wire format",
                new byte[] {0, 0, 0, 3, 77, 1},
                mock + " has no schema 845 of the record",
                cut,
                "Attempted to read 3 bytes, but only 0 bytes are available");
        reasons.forEach((value, reason) -> {
            ConsumerRecord<byte[], byte[]> record = record(2, "b", value);
            assertThatThrownBy(() -> write(before, record, upsert(ROW, 3, "c", "three")))
                    .isInstanceOfSatisfying(
                            TargetException.class, e -> assertThat(e.kind()).isEqualTo(TargetException.Kind.REFUSED))
                    .hasMessage("s3.public.things-0 offset %d cannot be read: %s", record.offset(), reason);
        });
    }
}

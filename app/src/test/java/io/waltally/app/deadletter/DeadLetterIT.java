package io.waltally.app.deadletter;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.waltally.app.command.WaltallyCommand;
import io.waltally.app.command.deadletter.DlqCommand;
import io.waltally.app.config.Configuration;
import io.waltally.app.fixture.FewPartitions;
import io.waltally.app.fixture.InstanceApi;
import io.waltally.app.fixture.Sql;
import io.waltally.app.fixture.Wait;
import io.waltally.app.run.Instance;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.role.RoleName;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.PostgresAddress;
import io.waltally.schemas.topic.Topic;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Unreadable records, from their arrival to their repair, on real servers. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DeadLetterIT {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final String TOPIC = "s3.public.object_locations";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long SEED =
            Long.getLong("waltally.seed", ThreadLocalRandom.current().nextLong());

    @TempDir
    private static Path directory;

    private static Infrastructure servers;
    private static SchemaRegistryClient registry;
    private static int starts;

    @BeforeAll
    static void startServers() throws SQLException {
        System.out.println("-Dwaltally.seed=" + SEED);
        servers = Infrastructure.forTests();
        registry = new CachedSchemaRegistryClient(servers.registry().toString(), 100);
        configuration(60).sources().values().forEach(Migrations::migrate);
        sql("INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('b2', 1000)");
    }

    @AfterAll
    static void stopServers() {
        servers.close();
    }

    @Test
    @Order(1)
    void anUnreadableRecordBecomesADeadLetterAndIsReplayedOnceItCanBeRead() throws Exception {
        try (Instance instance = start(60)) {
            // Given
            sql("INSERT INTO object_locations (object_key, backend_name, size_bytes) VALUES ('photos/a', 'b2', 100)");
            await(() -> backend(instance).path("object_count").asInt() == 1);
            // One that comes after all that is being registered at the moment.
            int missingId = register("probe-value", envelope("probe")) + 20;
            ConsumerRecord<byte[], byte[]> record = records(TOPIC).get(0);
            // When
            write(record, withSchema(record.value(), missingId));
            // Then
            await(() -> backend(instance).path("degraded").asBoolean());
            assertThat(backend(instance).path("bytes_used").asInt()).isEqualTo(100);
            JsonNode letters = JSON.readTree(dlq(0, "list", "--json"));
            JsonNode letter = letters.path("items").path(0);
            String id = TOPIC + "-" + record.partition() + "-"
                    + letter.path("offset").asText();
            assertThat(letters.path("items")).hasSize(1);
            assertThat(letter.path("id").asText()).isEqualTo(id);
            assertThat(letter.path("stage").asText()).isEqualTo("streams");
            assertThat(letter.path("key").path("object_key").asText()).isEqualTo("photos/a");
            assertThat(letter.path("message").asText()).contains("its value cannot be decoded");
            assertThat(letter.path("attributed").asBoolean()).isTrue();
            assertThat(dlq(0, "list", "--source", "s3", "--since", "1h")).contains(id, "1 dead letter");
            assertThat(dlq(0, "list", "--source", "sync")).contains("0 dead letters");
            assertThat(dlq(0, "list", "--stage", "capture")).contains("0 dead letters");
            assertThat(dlq(2, "list", "--topic", "s3.public.object_location"))
                    .contains("there is no topic \"s3.public.object_location\"; did you mean " + TOPIC + "?");
            assertThat(dlq(0, "show", id)).contains("state      open", "unreadable", "nothing has happened to it");
            assertThat(open(instance)).isEqualTo(1);
            await(() -> openMetric(instance).equals("1.0"));

            assertThat(dlq(2, "replay", "--stage", "streams", "--id", TOPIC + "-0-4711"))
                    .contains("no dead letter " + TOPIC + "-0-4711");
            assertThat(dlq(2, "list", "--id", "nonsense")).contains("no dead letter nonsense");
            assertThat(dlq(2, "drop", "--id", "nonsense")).contains("no dead letter nonsense");
            assertThat(dlq(2, "show", "nonsense")).contains("there is no dead letter nonsense");
            assertThat(dlq(0, "list", "--id", id)).contains("1 dead letter");
            // When
            int registered = 0;
            for (int i = 0; registered < missingId; i++) {
                registered = register(TOPIC + "-value", envelope("version-" + i));
            }
            assertThat(registered).isEqualTo(missingId);
            assertThat(dlq(0, "replay", "--stage", "streams", "--wait"))
                    .contains("1 dead letter put back", id + "  ", "1 repaired");
            // Then
            await(() -> !backend(instance).path("degraded").asBoolean());
            assertThat(backend(instance).path("bytes_used").asInt()).isEqualTo(100);
            assertThat(open(instance)).isZero();
            await(() -> openMetric(instance).equals("0.0"));
            assertThat(dlq(0, "list")).contains("0 dead letters").doesNotContain(id);
            assertThat(dlq(0, "list", "--state", "replayed")).contains(id, "repaired", "1 dead letter");
            assertThat(dlq(0, "show", id)).contains("state      replayed, repaired", "photos/a", "put back by");
            assertThat(dlq(0, "replay", "--stage", "streams")).contains("0 dead letters put back");
            assertThat(dlq(0, "replay", "--stage", "streams", "--id", id, "--wait"))
                    .contains("1 dead letter put back", "1 superseded");
        }
    }

    @Test
    @Order(2)
    void exceedingTheLimitStopsTheInstanceWithoutLossOrDuplicates() throws Exception {
        ConsumerRecord<byte[], byte[]> record = records(TOPIC).get(0);
        int before = JSON.readTree(dlq(0, "list", "--json")).path("items").size();
        for (int i = 0; i < 19; i++) {
            write(record, new byte[] {'n', 'o'});
        }
        write(record, new byte[3 << 20]);
        // When
        try (Instance instance = start(5)) {
            await(() -> instance.ended().isPresent());
            // Then
            assertThat(instance.ended().orElseThrow())
                    .contains("streams.max-unprocessable-per-minute allows (5)", TOPIC, "waltally dlq list");
        }
        // When
        try (Instance instance = start(60)) {
            await(() -> letters() == before + 20);
            // Then: a record that is read well is behind them
            sql("UPDATE object_locations SET size_bytes = 70");
            await(() -> backend(instance).path("bytes_used").asInt() == 70
                    && !backend(instance).path("degraded").asBoolean());
        }
        assertThat(letters()).isEqualTo(before + 20);
        assertThat(JSON.readTree(dlq(0, "list", "--json")).path("items").findValuesAsText("id"))
                .doesNotHaveDuplicates();
        assertThat(dlq(0, "list", "--limit", "3")).contains("the last 3 of " + (before + 20) + " dead letters");
        assertThat(dlq(0, "drop", "--stage", "streams", "--reason", "superseded by hand"))
                .contains(before + 20 + " dead letters dropped");
        assertThat(letters()).isZero();
        assertThat(dlq(0, "list", "--state", "dropped")).contains(before + 20 + " dead letters");
        assertThatOneOfTwoOperatorsPutsEachBack();
    }

    /** Both have read the letters before either of them writes. */
    private static void assertThatOneOfTwoOperatorsPutsEachBack() {
        Configuration configuration = configuration(60);
        DeadLetterTopics topics = new DeadLetterTopics(configuration.kafka(), configuration.catalogue());
        DeadLetterLedger ledger = topics.read(List.of(DeadLetterStage.STREAMS), letter -> true);
        List<DeadLetter> letters =
                ledger.letters().stream().map(DeadLetterHistory::letter).toList();
        List<CompletableFuture<List<DeadLetter>>> operators = Stream.of(1, 2)
                .map(operator -> CompletableFuture.supplyAsync(
                        () -> topics.replay(ledger, letters).letters()))
                .toList();
        assertThat(operators.stream().flatMap(operator -> operator.join().stream()))
                .containsExactlyInAnyOrderElementsOf(letters);
        assertThat(topics.replay(ledger, letters).letters()).isEmpty();
    }

    @Test
    @Order(3)
    void recordsOfOtherProducersDoNotStopTheInstance() throws Exception {
        Random random = new Random(SEED);
        try (Instance instance = start(400)) {
            // When
            writeForeignRecords(random);
            // Then
            sql("UPDATE object_locations SET size_bytes = 80");
            Sql.execute(servers, PostgresAddress.SYNC_DATABASE, """
                    INSERT INTO user_collections (user_id, collection_id, modified) VALUES (5, 7, now());
                    INSERT INTO bsos (user_id, collection_id, bso_id, payload, modified, expiry)
                    SELECT 5, 7, 'b' || i, 'xyz', now(), now() + interval '1 day' FROM generate_series(1, 40) AS i
                    """);
            awaitTallies(instance, 80, 120);
        }
        // When: a start reads everything again, also values under the keys of tallies that nobody can read
        writeForeignRecords(random);
        try (Instance instance = start(400)) {
            sql("UPDATE object_locations SET size_bytes = 90");
            Sql.execute(servers, PostgresAddress.SYNC_DATABASE, "UPDATE bsos SET payload = 'wxyz'");
            awaitTallies(instance, 90, 160);
            // And a TRUNCATE names no row
            sql("TRUNCATE object_locations");
            Sql.execute(servers, PostgresAddress.SYNC_DATABASE, "TRUNCATE bsos");
            awaitTallies(instance, 0, 0);
            writeForeignRecords(random);
            sql("INSERT INTO object_locations (object_key, backend_name, size_bytes) VALUES ('photos/b', 'b2', 1)");
            awaitTallies(instance, 1, 0);
            assertThat(InstanceApi.json(instance, "/readyz").path("ready").asBoolean())
                    .isTrue();
        }
    }

    /**
     * To each topic that instances or topologies read back: bytes that are no Avro, empty ones, Avro of another schema,
     * and Protobuf; to those of tallies, watermarks and states also such values under each key.
     */
    private static void writeForeignRecords(Random random) throws Exception {
        Map<String, Object> client = Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, servers.kafka());
        try (Admin admin = Admin.create(client);
                KafkaProducer<byte[], byte[]> producer =
                        new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer())) {
            byte[] protobuf = ByteBuffer.allocate(9).putInt(1, protobufSchema()).array();
            for (String topic : new TreeSet<>(admin.listTopics().names().get())) {
                if (topic.matches(
                        "(s3|sync|agg|outbox|dlq)\\..*|_waltally\\.(sinks|webhooks|watermarks|states|dead-letters)")) {
                    byte[] other = {0, 0, 0, 0, 1};
                    byte[] none = {};
                    byte[] any = new byte[20];
                    random.nextBytes(any);
                    producer.send(new ProducerRecord<>(topic, any, any)).get();
                    producer.send(new ProducerRecord<>(topic, any, null)).get();
                    producer.send(new ProducerRecord<>(topic, none, none)).get();
                    producer.send(new ProducerRecord<>(topic, other, other)).get();
                    producer.send(new ProducerRecord<>(topic, protobuf, protobuf))
                            .get();
                }
                if (topic.matches("agg\\..*|_waltally\\.(watermarks|states)")) {
                    Map<ByteBuffer, ConsumerRecord<byte[], byte[]>> keys = new HashMap<>();
                    allRecords(topic).forEach(record -> keys.put(ByteBuffer.wrap(record.key()), record));
                    for (ConsumerRecord<byte[], byte[]> record : keys.values()) {
                        for (byte[] value : new byte[][] {{'n', 'o'}, {}, protobuf}) {
                            producer.send(new ProducerRecord<>(topic, record.partition(), record.key(), value))
                                    .get();
                        }
                    }
                }
            }
        }
    }

    private static int protobufSchema() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(servers.registry() + "/subjects/other-value/versions"))
                .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                .POST(HttpRequest.BodyPublishers.ofString("""
                        {"schemaType": "PROTOBUF", "schema": "syntax = \\"proto3\\"; message Other { string a = 1; }"}
                        """))
                .build();
        return JSON.readTree(HttpClient.newHttpClient()
                        .send(request, HttpResponse.BodyHandlers.ofString())
                        .body())
                .path("id")
                .intValue();
    }

    private static void awaitTallies(Instance instance, long backend, long user) {
        await(() -> {
            JsonNode users = InstanceApi.json(instance, "/api/users").path("items");
            return backend(instance).path("bytes_used").asLong(-1) == backend
                    && users.path(0).path("total_bytes").asLong(0) == user;
        });
    }

    private static int open(Instance instance) {
        return InstanceApi.json(instance, "/api/status")
                .at("/stages/streams/dead_letters/s3/total")
                .asInt();
    }

    private static String openMetric(Instance instance) {
        return InstanceApi.text(instance, "/metrics")
                .lines()
                .filter(line -> line.startsWith("waltally_dead_letters_open{")
                        && line.contains("owner=\"s3\"")
                        && line.contains("stage=\"streams\""))
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .findFirst()
                .orElse("absent");
    }

    private static int letters() {
        try {
            return JSON.readTree(dlq(0, "list", "--json")).path("items").size();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Configuration configuration(int maxUnprocessable) {
        Map<String, String> values = FewPartitions.configuration(servers);
        values.put("http.port", "0");
        // What stopped under load may not have let go of its own yet.
        values.put(
                "streams.state-directory",
                directory.resolve("state-" + starts++).toString());
        values.put("streams.max-unprocessable-per-minute", Integer.toString(maxUnprocessable));
        return Configuration.from(values);
    }

    private static Instance start(int maxUnprocessable) {
        return Instance.start(configuration(maxUnprocessable), EnumSet.allOf(RoleName.class), new StopSignal())
                .orElseThrow();
    }

    /** What the command prints. */
    private static String dlq(int exitCode, String... arguments) throws IOException {
        Path file = Files.writeString(
                directory.resolve("waltally.yml"), """
                kafka: {bootstrap.servers: "%s"}
                registry: {url: "%s"}
                topics: {partitions: 2}
                """.formatted(servers.kafka(), servers.registry()));
        StringWriter out = new StringWriter();
        var line = WaltallyCommand.withSubcommands(DlqCommand.withActions());
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(out, true));
        List<String> all = new ArrayList<>(List.of("dlq", arguments[0], "-c", file.toString()));
        all.addAll(List.of(arguments).subList(1, arguments.length));
        assertThat(line.execute(all.toArray(String[]::new))).as(out.toString()).isEqualTo(exitCode);
        return out.toString();
    }

    /** With one more property, which changes nothing but its text. */
    private static Schema envelope(String property) throws Exception {
        Schema schema = new Schema.Parser()
                .parse(registry.getLatestSchemaMetadata(TOPIC + "-value").getSchema());
        schema.addProp(property, "");
        return schema;
    }

    private static int register(String subject, Schema schema) throws Exception {
        return registry.register(subject, new AvroSchema(schema));
    }

    private static byte[] withSchema(byte[] value, int id) {
        byte[] changed = value.clone();
        ByteBuffer.wrap(changed).putInt(1, id);
        return changed;
    }

    private static List<ConsumerRecord<byte[], byte[]>> allRecords(String topic) {
        return records(topic, (records, complete) -> complete);
    }

    private static List<ConsumerRecord<byte[], byte[]>> records(String topic) {
        return records(topic, (records, complete) -> !records.isEmpty());
    }

    /** @param enough by the records that were read, and whether these are all */
    private static List<ConsumerRecord<byte[], byte[]>> records(
            String topic, BiPredicate<List<ConsumerRecord<byte[], byte[]>>, Boolean> enough) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, servers.kafka()),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            await(() -> {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
                return enough.test(
                        records,
                        consumer.endOffsets(partitions).entrySet().stream()
                                .allMatch(end -> consumer.position(end.getKey()) >= end.getValue()));
            });
        }
        return records;
    }

    /** As if capture had written it. */
    private static void write(ConsumerRecord<byte[], byte[]> original, byte[] value) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        servers.kafka(),
                        ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                        Topic.MAX_MESSAGE_BYTES),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(
                            original.topic(),
                            original.partition(),
                            original.timestamp(),
                            original.key(),
                            value,
                            original.headers()))
                    .get();
        }
    }

    private static void sql(String text) throws SQLException {
        Sql.execute(servers, PostgresAddress.S3_DATABASE, text);
    }

    private static void await(Callable<Boolean> condition) {
        Wait.until(TIMEOUT, () -> "the condition", condition);
    }

    private static JsonNode backend(Instance instance) {
        return InstanceApi.json(instance, "/api/backends/b2");
    }
}

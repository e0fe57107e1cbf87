package io.waltally.connectors.capture.stream;

import static io.waltally.connectors.capture.fixture.CapturedTopics.waitFor;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.waltally.connectors.capture.Capture;
import io.waltally.connectors.capture.CaptureState;
import io.waltally.connectors.capture.config.UnprocessableChangePolicy;
import io.waltally.connectors.capture.encoding.RecordEncoder;
import io.waltally.connectors.capture.fixture.CaptureFixture;
import io.waltally.connectors.capture.fixture.CapturedTopics;
import io.waltally.connectors.capture.fixture.CapturedTopics.Captured;
import io.waltally.connectors.capture.publishing.KafkaTarget;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.serde.RegistryAccess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.json.JsonConverter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

class UnprocessableChangeIT {
    private static final String BSOS = "sync.public.bsos";
    private static final int MAX_REQUEST = 100_000;

    @RegisterExtension
    final CaptureFixture source = new CaptureFixture(Source.SYNC);

    private final List<Capture> captures = new ArrayList<>();
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        log.start();
        logger().addAppender(log);
    }

    @AfterEach
    void stop() {
        captures.forEach(Capture::close);
        logger().detachAppender(log);
    }

    @Test
    void aRecordThatIsTooLargeStopsTheSourceBeforeAnythingOfItsTransaction() throws Exception {
        // Given
        Capture capture = capture(UnprocessableChangePolicy.STOP);
        // When
        Lsn from = transactionWithALargeRow();
        // Then
        String reason = failure(capture);
        assertThat(reason)
                .contains(
                        "table bsos, key Struct{user_id=1,collection_id=1,bso_id=large}",
                        "(" + MAX_REQUEST + ")",
                        "kafka.max.request.size",
                        "capture.on-unprocessable-change");
        assertThat(Lsn.parse(reason.replaceAll("(?s).* at ([0-9A-F]+/[0-9A-F]+): .*", "$1")))
                .isGreaterThanOrEqualTo(from)
                .isLessThanOrEqualTo(source.walPosition());
        assertThat(capture.status().deadLetters()).isZero();
        // And when
        capture.close();
        Capture resumed = new Capture(source.config(), target(source.kafka()));
        captures.add(resumed);
        resumed.start();
        source.awaitCaptured(resumed);
        // Then
        assertThat(source.read(BSOS).until(all -> all.size() >= 3)).hasSize(3);
    }

    @Test
    void aRecordThatIsTooLargeIsSetAsideWithTheRestOfItsTransaction() throws Exception {
        // Given
        Capture capture = capture(UnprocessableChangePolicy.DEAD_LETTER);
        // When
        Lsn from = transactionWithALargeRow();
        source.awaitCaptured(capture);
        // Then
        List<Captured> rest = source.read(BSOS).until(all -> all.size() >= 2);
        assertThat(rest)
                .extracting(record -> record.after().get("bso_id").toString())
                .containsExactly("a", "b");
        ConsumerRecord<byte[], byte[]> letter = deadLetters().get(0);
        assertThat(letter.value()).isNull();
        Struct key = (Struct) json(letter.key(), true);
        assertThat(key.getString("bso_id")).isEqualTo("large");
        ChangeHeaders place = ChangeHeaders.from(letter.headers());
        assertThat(place.transactionId()).isEqualTo(rest.get(0).headers().transactionId());
        assertThat(place.sequence()).isEqualTo(rest.get(0).headers().sequence());
        assertThat(place.position()).isEqualTo(2);
        assertThat(place.commitLsn())
                .isEqualTo(rest.get(1).headers().commitLsn())
                .isPresent();
        DeadLetterHeaders why = DeadLetterHeaders.from(letter.headers());
        assertThat(why.topic()).isEqualTo(BSOS);
        assertThat(why.partition()).hasValue(rest.get(0).record().partition());
        assertThat(why.offset()).isEmpty();
        assertThat(why.message()).contains("kafka.max.request.size", "waltally snapshot sync.bsos, with --from");
        assertThat(capture.status().deadLetters()).isEqualTo(1);
        assertThat(capture.status().state()).isEqualTo(CaptureState.STREAMING);
        assertThat(log.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .singleElement()
                .satisfies(line -> {
                    assertThat(line).contains("table bsos", "bso_id=large", "dlq.capture");
                    assertThat(Lsn.parse(line.replaceAll("(?s).* at ([0-9A-F]+/[0-9A-F]+): .*", "$1")))
                            .isGreaterThanOrEqualTo(from);
                });
        // And when a row that the topic has is too large as a whole snapshot reads it
        source.sql("UPDATE bsos SET payload = repeat('y', " + MAX_REQUEST + ") WHERE bso_id = 'a'");
        source.awaitCaptured(capture);
        capture.snapshot("bsos", List.of(), List.of());
        waitFor("read", () -> !capture.status().completedSnapshots().isEmpty());
        // Then
        assertThat(capture.status().deadLetters()).isEqualTo(1 + 1 + 2);
        assertThat(CapturedTopics.latest(source.read(BSOS).all(), BSOS).values())
                .extracting(row -> row.get("bso_id").toString())
                .containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void aKeyThatCannotBeExpressedStopsTheSource() throws Exception {
        // Given
        source.sql("CREATE TABLE readings (id numeric(10, 2) PRIMARY KEY)");
        source.captureAlso("readings");
        Capture capture = capture(UnprocessableChangePolicy.DEAD_LETTER);
        source.sql("INSERT INTO readings VALUES (1.5)");
        source.awaitCaptured(capture);
        // When
        Lsn from = source.walPosition();
        source.sql("INSERT INTO readings VALUES ('NaN')");
        // Then
        String reason = failure(capture);
        assertThat(reason).contains("table readings", "NaN is not a decimal", "waltally resume", "--new-epoch");
        assertThat(Lsn.parse(reason.replaceAll("(?s).* at ([0-9A-F]+/[0-9A-F]+): .*", "$1")))
                .isGreaterThanOrEqualTo(from)
                .isLessThanOrEqualTo(source.walPosition());
        assertThat(source.read("sync.public.readings").until(all -> !all.isEmpty()))
                .hasSize(1);
    }

    @Test
    void aTableThatLosesItsPrimaryKeyStopsTheSource() throws Exception {
        source.sql("CREATE TABLE keyless (id bigint PRIMARY KEY)");
        source.captureAlso("keyless");
        Capture capture = capture(UnprocessableChangePolicy.DEAD_LETTER);
        source.sql("ALTER TABLE keyless DROP CONSTRAINT keyless_pkey");
        source.sql("INSERT INTO keyless VALUES (1)");
        assertThat(failure(capture)).contains("table keyless has no primary key", "--new-epoch");
    }

    /** Three rows, the second of which is larger than the producer takes; returns where it begins. */
    private Lsn transactionWithALargeRow() throws Exception {
        Lsn from = source.walPosition();
        source.writer().setAutoCommit(false);
        source.sql("INSERT INTO user_collections VALUES (1, 1, now())");
        for (String row : List.of("a", "large", "b")) {
            source.sql("INSERT INTO bsos VALUES (1, 1, '" + row + "', 1, repeat('x', "
                    + (row.equals("large") ? MAX_REQUEST : 10) + "), now(), now())");
        }
        source.writer().commit();
        source.writer().setAutoCommit(true);
        return from;
    }

    private Capture capture(UnprocessableChangePolicy onUnprocessableChange) throws InterruptedException {
        Map<String, Object> kafka = new HashMap<>(source.kafka());
        kafka.put("max.request.size", Integer.toString(MAX_REQUEST));
        Capture capture = new Capture(source.config().withOnUnprocessableChange(onUnprocessableChange), target(kafka));
        captures.add(capture);
        capture.start();
        waitFor("streaming", () -> capture.status().state() == CaptureState.STREAMING);
        return capture;
    }

    private KafkaTarget target(Map<String, Object> kafka) {
        return new KafkaTarget(
                source.catalogue(),
                kafka,
                RegistryAccess.of(source.infrastructure().registry().toString()),
                Duration.ofMinutes(1));
    }

    private static String failure(Capture capture) throws InterruptedException {
        waitFor("failed", () -> capture.status().state() == CaptureState.FAILED);
        return capture.status().reason().orElseThrow();
    }

    private List<ConsumerRecord<byte[], byte[]>> deadLetters() throws InterruptedException {
        Map<String, Object> properties = new HashMap<>(source.kafka());
        properties.put("isolation.level", "read_committed");
        List<ConsumerRecord<byte[], byte[]>> letters = new ArrayList<>();
        try (Consumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = List.of(
                    new TopicPartition(source.catalogue().captureDeadLetters().name(), 0));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            waitFor("a dead letter", () -> {
                consumer.poll(Duration.ofMillis(100)).forEach(letters::add);
                return !letters.isEmpty();
            });
        }
        assertThat(letters).hasSize(1);
        return letters;
    }

    private static Object json(byte[] bytes, boolean key) {
        try (JsonConverter converter = new JsonConverter()) {
            converter.configure(Map.of("schemas.enable", true), key);
            return converter.toConnectData(BSOS, bytes).value();
        }
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger(RecordEncoder.class);
    }
}

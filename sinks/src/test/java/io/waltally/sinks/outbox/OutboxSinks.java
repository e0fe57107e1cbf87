package io.waltally.sinks.outbox;

import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.event.EventFilter;
import io.waltally.sinks.SinkFixture;
import io.waltally.sinks.control.SinkControls;
import io.waltally.sinks.engine.Sink;
import io.waltally.sinks.engine.SinkDeadLetters;
import io.waltally.sinks.engine.SinkInput;
import io.waltally.sinks.engine.SinkRunner;
import io.waltally.sinks.engine.SinkStatus;
import io.waltally.sinks.jdbc.SinkDatabase;
import io.waltally.sinks.jdbc.SinkLogin;
import io.waltally.sinks.target.CompletePosition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Writes notifications, and runs sinks that insert them into an outbox. */
final class OutboxSinks {
    static final String SINK = "outbox";
    static final String ALL = "https://hooks.example.com/all";
    static final String REMOVED = "https://hooks.example.com/removed";

    private static final Pattern SUBJECT = Pattern.compile(".*\"subject\": \"([^\"]*)\".*");

    private final SinkFixture fixture;
    private SinkInput.Start begin = SinkInput.Start.END;
    private final KafkaProducer<String, byte[]> producer;

    OutboxSinks(SinkFixture fixture) {
        this.fixture = fixture;
        Map<String, Object> properties = new HashMap<>(fixture.kafka());
        properties.put("transactional.id", "notifications");
        producer = fixture.closing(new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer()));
        producer.initTransactions();
    }

    /** Writes events in one transaction, which is committed or aborted. Those of a subject are in one partition. */
    void write(boolean commit, Stream<String> events) {
        producer.beginTransaction();
        events.forEach(event -> send(
                producer,
                new ProducerRecord<>(
                        fixture.catalogue().notifications().name(),
                        SUBJECT.matcher(event).replaceFirst("$1"),
                        event.getBytes(StandardCharsets.UTF_8))));
        if (commit) {
            producer.commitTransaction();
        } else {
            producer.abortTransaction();
        }
    }

    static <K> void send(KafkaProducer<K, byte[]> producer, ProducerRecord<K, byte[]> record) {
        // Closing or committing reports failures.
        var unused = producer.send(record);
    }

    /** An event; every third is of another type. */
    static String event(int number) {
        return "{\"id\": \"%d\", \"type\": \"%s\", \"subject\": \"ü%d\"}"
                .formatted(number, number % 3 == 0 ? "s3:ObjectRemoved:Delete" : "s3:ObjectCreated:Put", number % 50);
    }

    /** Instances that are started from now on begin with the first event of the topic. */
    void beginEarliest() {
        begin = SinkInput.Start.BEGINNING;
    }

    /** An instance of the sink. */
    SinkRunner start(SinkLogin login) {
        return start(login, endpoints(ALL, REMOVED));
    }

    /** An instance of the sink that writes rows for these endpoints. */
    SinkRunner start(SinkLogin login, List<OutboxEndpoint> endpoints) {
        SinkControls controls = fixture.closing(new SinkControls(fixture.catalogue(), fixture.kafka()));
        controls.start();
        SinkDeadLetters deadLetters = fixture.closing(new SinkDeadLetters(fixture.catalogue(), fixture.kafka()));
        Sink sink = new Sink(
                SINK,
                "notification-outbox",
                "the database",
                Source.S3,
                new SinkInput.Partitions(
                        Set.of(fixture.catalogue().notifications().name()), begin, SinkInput.Order.EVERY_RECORD),
                Sink.OnRefused.DEAD_LETTER,
                () -> open(login, SINK, endpoints, Set.of()),
                () -> Optional.of(new CompletePosition(Source.S3, 1, new Lsn(7), Instant.now())));
        SinkRunner runner = fixture.closing(
                new SinkRunner(sink, "test-sink-", fixture.catalogue(), fixture.kafka(), controls, deadLetters));
        runner.start();
        return runner;
    }

    OutboxTarget open(SinkLogin login) {
        return open(login, SINK, endpoints(ALL, REMOVED), Set.of());
    }

    /** One wants all events, one those of removals. */
    static List<OutboxEndpoint> endpoints(String all, String removed) {
        return List.of(
                new OutboxEndpoint(all, new EventFilter(List.of("*"), "")),
                new OutboxEndpoint(removed, new EventFilter(List.of("s3:ObjectRemoved:*"), "")));
    }

    /** @param others names of other sinks of the configuration */
    OutboxTarget open(SinkLogin login, String sink, List<OutboxEndpoint> endpoints, Set<String> others) {
        return new OutboxTarget(
                sink,
                new SinkDatabase(sink, login, Duration.ofSeconds(30), Duration.ofSeconds(2)),
                endpoints,
                fixture.catalogue().notifications().name(),
                others);
    }

    static void waitForState(SinkRunner runner, SinkStatus.State state) throws Exception {
        SinkFixture.waitFor("state " + state, () -> runner.status().state() == state);
    }
}

package io.waltally.sinks.tally;

import static io.waltally.sinks.SinkFixture.waitFor;
import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.agg.BackendKey;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.LastChange;
import io.waltally.schemas.topic.Topic;
import io.waltally.sinks.SinkFixture;
import io.waltally.sinks.control.SinkControls;
import io.waltally.sinks.engine.Sink;
import io.waltally.sinks.engine.SinkDeadLetters;
import io.waltally.sinks.engine.SinkInput;
import io.waltally.sinks.engine.SinkRunner;
import io.waltally.sinks.engine.SinkStatus;
import io.waltally.sinks.target.CompletePosition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two instances of an authoritative sink, with Kafka. */
class TallySinkIT {
    private static final String SINK = "quotas";
    private static final int BACKENDS = 20;
    private static final int ROUNDS = Integer.getInteger("waltally.crash.rounds", 10);

    @RegisterExtension
    final SinkFixture fixture = new SinkFixture();

    private SinkRunner start() {
        SinkControls controls = fixture.closing(new SinkControls(fixture.catalogue(), fixture.kafka()));
        controls.start();
        SinkDeadLetters deadLetters = fixture.closing(new SinkDeadLetters(fixture.catalogue(), fixture.kafka()));
        Sink sink = new Sink(
                SINK,
                "backend-quotas",
                "the database",
                Source.S3,
                new SinkInput.Partitions(
                        Set.of(fixture.catalogue().backendQuotas().name()),
                        SinkInput.Start.BEGINNING,
                        SinkInput.Order.LATEST_PER_KEY),
                Sink.OnRefused.DEAD_LETTER,
                () -> new BackendQuotaTarget(
                        SINK, fixture.sinkDatabase(SINK), TallyMode.AUTHORITATIVE, fixture.catalogue()),
                () -> Optional.of(new CompletePosition(Source.S3, 1, new Lsn(7), Instant.now())));
        SinkRunner runner = fixture.closing(
                new SinkRunner(sink, "test-sink-", fixture.catalogue(), fixture.kafka(), controls, deadLetters));
        runner.start();
        return runner;
    }

    @Test
    void bothTablesEndAsTheTopicWhateverIsKilledAndWhoeverElseWrites() throws Exception {
        // Given
        long seed = Long.getLong("waltally.crash.seed", System.nanoTime());
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        fixture.execute("INSERT INTO backend_quotas (backend_name, bytes_limit)"
                + " SELECT 'b' || i, 500 FROM generate_series(0, " + (BACKENDS - 1) + ") i");
        List<SinkRunner> runners = new ArrayList<>(List.of(start(), start()));
        Map<String, Long> committed = new TreeMap<>();
        long lsn = 0;
        // When
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            for (int round = 0; round < ROUNDS; round++) {
                for (int transaction = 0; transaction < 20; transaction++) {
                    Map<String, Long> written = new HashMap<>();
                    producer.beginTransaction();
                    for (int i = 0; i < 50; i++) {
                        String backend = "b" + random.nextInt(BACKENDS);
                        Long used = random.nextInt(20) == 0 ? null : random.nextLong(1_000_000);
                        Future<?> unused = producer.send(record(backend, used, ++lsn));
                        written.put(backend, used);
                    }
                    if (random.nextInt(5) == 0) {
                        producer.abortTransaction();
                    } else {
                        producer.commitTransaction();
                        committed.putAll(written);
                    }
                    if (random.nextInt(8) == 0) {
                        fixture.killSessions();
                    }
                    if (random.nextInt(8) == 0) {
                        fixture.execute("UPDATE backend_quotas SET bytes_used = -1 WHERE backend_name = 'b"
                                + random.nextInt(BACKENDS) + "'");
                    }
                }
                if (random.nextBoolean()) {
                    runners.remove(random.nextInt(runners.size())).close();
                    runners.add(start());
                }
            }
            // A removed backend has no tally to write; all have one at the end.
            producer.beginTransaction();
            for (int i = 0; i < BACKENDS; i += 2) {
                Future<?> unused = producer.send(record("b" + i, 7L, ++lsn));
                committed.put("b" + i, 7L);
            }
            producer.commitTransaction();
        }
        // Then
        List<String> expected = committed.entrySet().stream()
                .filter(entry -> entry.getValue() != null)
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .toList();
        waitFor("the shadow table is as the topic, seed " + seed, () -> shadow().equals(expected));
        // A sweep comes every five seconds.
        waitFor(
                "the application's table is as the topic, seed " + seed,
                () -> application().equals(expected));
        assertThat(fixture.strings("SELECT DISTINCT bytes_limit FROM backend_quotas"))
                .containsExactly("500");
        // When the target of a sink with nothing to write loses transactions, as a standby that was behind has
        runners.forEach(SinkRunner::close);
        SinkRunner last = start();
        waitFor("the sink has all partitions", () -> last.status().state() == SinkStatus.State.RUNNING);
        fixture.execute("BEGIN; DELETE FROM waltally.backend_quotas; UPDATE waltally.sink_positions SET next_offset = 0"
                + " WHERE sink = '" + SINK + "' AND topic = '"
                + fixture.catalogue().backendQuotas().name() + "'; COMMIT");
        // Then
        waitFor("lost rows are written again, seed " + seed, () -> shadow().equals(expected));
    }

    private List<String> shadow() throws Exception {
        return fixture.strings("SELECT backend_name || '=' || bytes_used FROM waltally.backend_quotas"
                + " ORDER BY backend_name COLLATE \"C\"");
    }

    /** Of the backends that have a tally. */
    private List<String> application() throws Exception {
        return fixture.strings("SELECT backend_name || '=' || a.bytes_used FROM backend_quotas a"
                + " JOIN waltally.backend_quotas USING (backend_name) ORDER BY backend_name COLLATE \"C\"");
    }

    private ProducerRecord<byte[], byte[]> record(String backend, Long used, long lsn) {
        Topic<BackendKey, BackendQuota> topic = fixture.catalogue().backendQuotas();
        BackendQuota quota = used == null
                ? null
                : new BackendQuota(
                        used, 1L, 0L, 0L, 500L, 0L, 0.0, new LastChange("s3", 1, lsn, lsn, Instant.EPOCH), false);
        return new ProducerRecord<>(
                topic.name(),
                topic.keySerde().serializer().serialize(topic.name(), new BackendKey(backend)),
                topic.valueSerde().serializer().serialize(topic.name(), quota));
    }

    private KafkaProducer<byte[], byte[]> producer() {
        Map<String, Object> properties = new HashMap<>(fixture.kafka());
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "tallies");
        KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
        producer.initTransactions();
        return producer;
    }
}

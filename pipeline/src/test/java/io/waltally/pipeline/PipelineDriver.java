package io.waltally.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.pipeline.captured.CapturedLog;
import io.waltally.pipeline.captured.Damage;
import io.waltally.pipeline.published.Histories;
import io.waltally.pipeline.replica.Replication;
import io.waltally.pipeline.state.SharedStoresBuilder;
import io.waltally.pipeline.state.StoresInMemory;
import io.waltally.pipeline.view.UserIndexes;
import io.waltally.pipeline.view.UserTallies;
import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.OutputStage;
import io.waltally.schemas.ReplayRequest;
import io.waltally.schemas.Source;
import io.waltally.schemas.agg.BackendKey;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.control.Applied;
import io.waltally.schemas.control.AppliedKey;
import io.waltally.schemas.control.DeadLetterEvent;
import io.waltally.schemas.control.DeadLetterEventType;
import io.waltally.schemas.control.DeadLetterKey;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import io.waltally.schemas.serde.AvroSerdes;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicSettings;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyConfig;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.apache.kafka.streams.test.TestRecord;

/** The whole pipeline on one partition, with the records that capture would write. */
public final class PipelineDriver implements Histories.Written, AutoCloseable {
    /** Two rounds of emission and one of expiry. */
    private static final Duration ROUND = Duration.ofMillis(250);

    /** Scope of the schemas, as the mock registry calls it. */
    public final String registry = UUID.randomUUID().toString();

    public final TopicCatalogue topics = catalogue("mock://" + registry);
    private final UserIndexes userIndexes;
    private final TopologyTestDriver driver;
    private final Map<String, TestInputTopic<?, ?>> inputs = new HashMap<>();
    private final Map<String, List<TestRecord<?, ?>>> outputs = new HashMap<>();
    private final TestInputTopic<WatermarkKey, Watermark> watermarks;
    private final Path stateDirectory = temporaryDirectory();
    private Instant wallClock;

    public PipelineDriver(Instant start) {
        this(PipelineConfig.DEFAULTS, start);
    }

    public PipelineDriver(PipelineConfig config, Instant start) {
        this(config, start, StoresInMemory::new);
    }

    public PipelineDriver(
            PipelineConfig config,
            Instant start,
            BiFunction<TopologyConfig, Map<String, String>, SharedStoresBuilder> stores) {
        Pipeline pipeline = new Pipeline(config, topics);
        userIndexes = pipeline.userIndexes();
        wallClock = start;
        driver = new TopologyTestDriver(
                pipeline.topology(stores),
                pipeline.properties(
                        Map.of(
                                StreamsConfig.BOOTSTRAP_SERVERS_CONFIG,
                                "none:9092",
                                StreamsConfig.STATE_DIR_CONFIG,
                                stateDirectory.toString()),
                        Set.of()),
                start);
        watermarks = driver.createInputTopic(
                topics.watermarks().name(),
                topics.watermarks().keySerde().serializer(),
                topics.watermarks().valueSerde().serializer());
    }

    /** The defaults with that limit. */
    public static PipelineConfig toleratingUnprocessable(int perMinute) {
        return with(PipelineConfig.DEFAULTS.replication(), perMinute);
    }

    /** What each object is to have; the rest as by default. */
    public static PipelineConfig replicating(int factor, Duration grace) {
        return with(new Replication(factor, grace), PipelineConfig.DEFAULTS.maxUnprocessablePerMinute());
    }

    /** The defaults, but changes of collections are notified. */
    public static PipelineConfig notifyingCollections() {
        return with(PipelineConfig.DEFAULTS.replication(), PipelineConfig.DEFAULTS.maxUnprocessablePerMinute(), true);
    }

    private static PipelineConfig with(Replication replication, int unprocessablePerMinute) {
        return with(replication, unprocessablePerMinute, PipelineConfig.DEFAULTS.collectionNotifications());
    }

    private static PipelineConfig with(Replication replication, int unprocessablePerMinute, boolean collections) {
        PipelineConfig defaults = PipelineConfig.DEFAULTS;
        return new PipelineConfig(
                defaults.applicationId(),
                defaults.userQuotaBytes(),
                defaults.payloadLength(),
                defaults.usageLimits(),
                defaults.capacityThreshold(),
                defaults.capacityDamping(),
                collections,
                replication,
                defaults.emitInterval(),
                defaults.expiryInterval(),
                unprocessablePerMinute);
    }

    public static TopicCatalogue catalogue() {
        return catalogue("mock://" + UUID.randomUUID());
    }

    private static TopicCatalogue catalogue(String registry) {
        TopicSettings defaults = TopicSettings.DEFAULTS;
        return new TopicCatalogue(
                new TopicSettings(
                        1,
                        defaults.completeHistory(),
                        defaults.notificationRetention(),
                        defaults.deadLetterRetention()),
                new AvroSerdes(registry));
    }

    public UserTallies users() {
        return new UserTallies(topics, userIndexes, 0, new UserTallies.Stores() {
            @Override
            public <K, V> ReadOnlyKeyValueStore<K, ValueAndTimestamp<V>> tallies(String name) {
                return driver.getTimestampedKeyValueStore(name);
            }

            @Override
            public ReadOnlyKeyValueStore<String, Long> sequences() {
                return driver.getKeyValueStore("committed-sequences");
            }
        });
    }

    /** Reads everything that was committed, in commit order, and waits until it is applied. */
    public void readAll(CapturedLog log) {
        log.entries().forEach(this::pipe);
        captured(log);
        endTransaction();
    }

    /** Reads some records in commit order; nothing says that they are complete. */
    public void read(List<CapturedLog.Entry<?, ?>> entries) {
        entries.forEach(this::pipe);
    }

    /** Reads each topic in its order, but the topics at random. */
    public void readInterleaved(List<CapturedLog.Entry<?, ?>> entries, Random random) {
        List<List<CapturedLog.Entry<?, ?>>> waiting =
                new ArrayList<>(CapturedLog.byTopic(entries).values());
        while (!waiting.isEmpty()) {
            int topic = random.nextInt(waiting.size());
            List<CapturedLog.Entry<?, ?>> records = waiting.get(topic);
            int count = Math.min(records.size(), 1 + random.nextInt(5));
            records.subList(0, count).forEach(this::pipe);
            if (count == records.size()) {
                waiting.remove(topic);
            } else {
                waiting.set(topic, records.subList(count, records.size()));
            }
            if (random.nextInt(10) == 0) {
                advance(Duration.ofMillis(100));
            }
        }
    }

    /** Reads each topic in its order, but the topics at random, and some records damaged; names are left alone. */
    public void readDamaged(List<CapturedLog.Entry<?, ?>> entries, Random random) {
        List<CapturedLog.Entry<?, ?>> whole = new ArrayList<>();
        for (CapturedLog.Entry<?, ?> entry : entries) {
            if (random.nextInt(20) == 0
                    && !entry.topic().name().equals(topics.collections().name())) {
                readInterleaved(whole, random);
                whole.clear();
                Damage damage = List.of(Damage.values()).get(random.nextInt(Damage.values().length));
                readDamaged(entry, entry.change() == null ? Damage.KEY_CUT_OFF : damage);
            } else {
                whole.add(entry);
            }
        }
        readInterleaved(whole, random);
    }

    /** Reads a damaged record; returns it. */
    public <K extends SpecificRecord, R> TestRecord<byte[], byte[]> readDamaged(
            CapturedLog.Entry<K, R> entry, Damage damage) {
        TestRecord<byte[], byte[]> record = damage.to(serialized(entry));
        pipe(entry.topic().name(), record);
        return record;
    }

    public static <K extends SpecificRecord, R> TestRecord<byte[], byte[]> serialized(CapturedLog.Entry<K, R> entry) {
        String topic = entry.topic().name();
        return new TestRecord<>(
                entry.topic().keySerde().serializer().serialize(topic, entry.key()),
                entry.topic().valueSerde().serializer().serialize(topic, entry.change()),
                entry.headers(),
                entry.time());
    }

    /** As {@code dlq replay} puts it back. */
    public void replay(TestRecord<byte[], byte[]> letter) {
        DeadLetterHeaders origin = DeadLetterHeaders.from(letter.headers());
        Headers headers = new RecordHeaders(letter.headers());
        new ReplayRequest("request", new DeadLetterKey("dlq.streams", "id", 0, 0L, "letter")).addTo(headers);
        pipe(
                topics.replaysOf(origin.topic()).orElseThrow().name(),
                new TestRecord<>(letter.key(), letter.value(), headers, letter.getRecordTime()));
    }

    /** The results that were reported of replays. */
    public List<DeadLetterEventType> replayResults() {
        return written(topics.deadLetterEvents()).stream()
                .map(TestRecord::value)
                .map(DeadLetterEvent::getType)
                .toList();
    }

    private void pipe(String topic, TestRecord<byte[], byte[]> record) {
        driver.createInputTopic(topic, new ByteArraySerializer(), new ByteArraySerializer())
                .pipeInput(record);
    }

    public List<TestRecord<byte[], byte[]>> deadLetters() {
        return written(topics.streamsDeadLetters());
    }

    public Map<MetricName, ? extends Metric> metrics() {
        return driver.metrics();
    }

    public void captured(CapturedLog log) {
        captured(log.watermark(), log.source());
    }

    public void captured(Watermark watermark, Source source) {
        watermarks.pipeInput(new WatermarkKey(source.id()), watermark);
    }

    /** Up to where the tallies of a stage are complete; null if that is not known. */
    public Applied applied(OutputStage stage) {
        return last(topics.applied()).get(new AppliedKey(stage.source().id(), stage.id(), 0));
    }

    /** Lets punctuations happen. */
    public void endTransaction() {
        for (int i = 0; i < 3; i++) {
            advance(ROUND);
        }
    }

    /** Lets punctuations happen, the last one at that time. */
    public void drainAt(Instant time) {
        advanceTo(time.minus(ROUND.multipliedBy(3)));
        endTransaction();
    }

    public void advance(Duration duration) {
        wallClock = wallClock.plus(duration);
        driver.advanceWallClockTime(duration);
    }

    public void advanceTo(Instant time) {
        advance(Duration.between(wallClock, time));
    }

    public Instant wallClock() {
        return wallClock;
    }

    private <K extends SpecificRecord, R> void pipe(CapturedLog.Entry<K, R> entry) {
        @SuppressWarnings("unchecked") // made below for the same topic
        TestInputTopic<K, io.waltally.schemas.Change<R>> input =
                (TestInputTopic<K, io.waltally.schemas.Change<R>>) inputs.computeIfAbsent(
                        entry.topic().name(),
                        name -> driver.createInputTopic(
                                name,
                                entry.topic().keySerde().serializer(),
                                entry.topic().valueSerde().serializer()));
        input.pipeInput(new TestRecord<>(entry.key(), entry.change(), entry.headers(), entry.time()));
    }

    /** Every record of the topic since it was last asked for. */
    public <K, V> List<TestRecord<K, V>> newlyWritten(Topic<K, V> topic) {
        List<TestRecord<K, V>> records = driver.createOutputTopic(
                        topic.name(),
                        topic.keySerde().deserializer(),
                        topic.valueSerde().deserializer())
                .readRecordsToList();
        outputs.computeIfAbsent(topic.name(), name -> new ArrayList<>()).addAll(records);
        return records;
    }

    @Override
    public <K, V> List<TestRecord<K, V>> written(Topic<K, V> topic) {
        newlyWritten(topic);
        List<TestRecord<?, ?>> all = outputs.get(topic.name());
        @SuppressWarnings("unchecked") // read with the serdes of the topic
        List<TestRecord<K, V>> typed = (List<TestRecord<K, V>>) (List<?>) all;
        return List.copyOf(typed);
    }

    public BackendQuota backend(String name) {
        return last(topics.backendQuotas()).get(new BackendKey(name));
    }

    public UserCollection collection(long userId, int collectionId) {
        return last(topics.userCollections()).get(new UserCollectionKey(userId, collectionId));
    }

    public <K, V> Map<K, V> last(Topic<K, V> topic) {
        return Histories.last(this, topic);
    }

    public List<JsonNode> notifications() {
        return Histories.notifications(this, topics);
    }

    public List<String> notificationTypes() {
        return notifications().stream().map(event -> event.get("type").asText()).toList();
    }

    /** Every record of any topic, as bytes, since it was last asked for. */
    public List<TestRecord<byte[], byte[]>> bytes(String topic) {
        return driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer())
                .readRecordsToList();
    }

    private static Path temporaryDirectory() {
        try {
            return Files.createTempDirectory("waltally-pipeline");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        driver.close();
        try (Stream<Path> files = Files.walk(stateDirectory)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

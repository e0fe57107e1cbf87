package io.waltally.app.tally;

import io.waltally.app.config.KafkaSettings;
import io.waltally.schemas.OutputStage;
import io.waltally.schemas.Source;
import io.waltally.schemas.TallyHeaders;
import io.waltally.schemas.UngroupedConsumer;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.BackendUsage;
import io.waltally.schemas.agg.BucketUsage;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The committed tallies of all backends and buckets, which are few enough for every instance. Available also while the
 * topologies start or rebalance.
 */
public final class CommittedTallies implements AutoCloseable {
    /** Only the last one of each source matters. Kafka's transaction markers count, too. */
    private static final int WATERMARKS = 20_000;

    private final NavigableMap<String, BackendQuota> backends = new ConcurrentSkipListMap<>();
    private final NavigableMap<String, NavigableMap<String, BackendUsage>> usage = new ConcurrentSkipListMap<>();
    private final NavigableMap<String, BucketUsage> buckets = new ConcurrentSkipListMap<>();
    private final Map<TopicPartition, Long> sequences = new ConcurrentHashMap<>();
    private final AppliedPositions applied;
    private final BackgroundReading reading;
    private volatile Consumer<String> bucketListener = bucket -> {};

    /** @param backendListener gets what the topic still has, from its first record on, and all that follows */
    public CommittedTallies(KafkaSettings kafka, TopicCatalogue topics, BackendListener backendListener) {
        applied = new AppliedPositions(topics);
        CommittedReader reader = new CommittedReader(kafka, UngroupedConsumer.FOLLOWING);
        reader.from(topics.backendQuotas(), (key, value, record) -> {
            keep(backends, key.getBackendName(), value);
            note(record);
            backendListener.accept(
                    key.getBackendName(), Optional.ofNullable(value), Instant.ofEpochMilli(record.timestamp()));
        });
        follow(
                reader,
                topics.backendUsage(),
                (key, value) -> keep(
                        usage.computeIfAbsent(key.getBackendName(), name -> new ConcurrentSkipListMap<>()),
                        key.getPeriod(),
                        value));
        follow(reader, topics.bucketUsage(), (key, value) -> {
            keep(buckets, key.getBucket(), value);
            bucketListener.accept(key.getBucket());
        });
        reader.from(topics.applied(), (key, value, record) -> applied.applied(key, value))
                .last(WATERMARKS, topics.watermarks(), new WatermarkHandler(applied::watermark));
        reading = new BackgroundReading("committed-tallies", reader);
    }

    private <K, V> void follow(CommittedReader reader, Topic<K, V> topic, BiConsumer<K, V> keep) {
        reader.from(topic, (key, value, record) -> {
            keep.accept(key, value);
            note(record);
        });
    }

    private static <K, V> void keep(Map<K, V> tallies, K key, V value) {
        if (value == null) {
            tallies.remove(key);
        } else {
            tallies.put(key, value);
        }
    }

    private void note(ConsumerRecord<?, ?> record) {
        TallyHeaders.sequence(record.headers())
                .ifPresent(sequence -> sequences.put(new TopicPartition(record.topic(), record.partition()), sequence));
    }

    /** Whether everything that was in the topics at the start was read. */
    public boolean caughtUp() {
        return reading.caughtUp();
    }

    /** The reason why it has stopped reading; empty while it reads. */
    public Optional<String> failure() {
        return reading.failure();
    }

    /** The backends by name. */
    public NavigableMap<String, BackendQuota> backends() {
        return backends;
    }

    /** Usage of a backend, by month. */
    public NavigableMap<String, BackendUsage> usage(String backend) {
        return usage.getOrDefault(backend, new ConcurrentSkipListMap<>());
    }

    /** The last month in which each backend was used, and its usage then. */
    public Map<String, Map.Entry<String, BackendUsage>> lastUsage() {
        Map<String, Map.Entry<String, BackendUsage>> last = new HashMap<>();
        usage.forEach((backend, months) ->
                Optional.ofNullable(months.lastEntry()).ifPresent(month -> last.put(backend, month)));
        return last;
    }

    /** The buckets by name. */
    public NavigableMap<String, BucketUsage> buckets() {
        return buckets;
    }

    /** Names each bucket whose tally has changed, from the reading thread, instead of to the listener before. */
    public void onBucketChange(Consumer<String> listener) {
        bucketListener = listener;
    }

    /** The position up to which later reads are complete; empty while unknown. */
    public Optional<AsOf> asOf() {
        return applied.of(List.of(OutputStage.STORAGE, OutputStage.USAGE), this::reached);
    }

    private boolean reached(int partition, Map<String, Long> written) {
        return written.entrySet().stream()
                .allMatch(topic ->
                        sequences.getOrDefault(new TopicPartition(topic.getKey(), partition), 0L) >= topic.getValue());
    }

    /** The position up to which everything of a source is in its topics; empty while unknown. */
    public Optional<AsOf> published(Source source) {
        return applied.of(source);
    }

    /**
     * The position of a stage's tallies in one partition, for a reader with its own progress.
     *
     * @param read the progress of that reader
     */
    public Optional<AsOf> asOf(OutputStage stage, int partition, AppliedPositions.Read read) {
        return applied.of(stage, partition, read);
    }

    @Override
    public void close() {
        reading.close();
    }
}

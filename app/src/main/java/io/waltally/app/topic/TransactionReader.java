package io.waltally.app.topic;

import io.waltally.app.config.KafkaSettings;
import io.waltally.app.tally.CommittedReader;
import io.waltally.app.tally.WatermarkHandler;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads whole transactions of a source, from all its cdc topics, in commit order. */
public final class TransactionReader {
    private static final Logger LOG = LoggerFactory.getLogger(TransactionReader.class);

    private static final Duration POLL = Duration.ofMillis(200);

    /** Only the last one of each source matters. Kafka's transaction markers count, too. */
    private static final int WATERMARKS = 20_000;

    /** A partition that is further ahead of the others waits for them. */
    private static final int MAX_WAITING = 5_000;

    private final KafkaSettings kafka;
    private final TopicCatalogue topics;
    private final Source source;
    private final Map<String, Integer> partitions;
    private final Optional<Instant> since;
    private @Nullable Watermark last;

    /**
     * @param partitions number of partitions by cdc topic of the source
     * @param since the earliest commit; empty: from the beginning
     */
    public TransactionReader(
            KafkaSettings kafka,
            TopicCatalogue topics,
            Source source,
            Map<String, Integer> partitions,
            Optional<Instant> since) {
        this.kafka = kafka;
        this.topics = topics;
        this.source = source;
        this.partitions = Map.copyOf(partitions);
        this.since = since;
    }

    /**
     * Reads up to the last watermark, or also what follows.
     *
     * @param stopped ends the reading within a moment
     * @param handler returns whether it wants more
     * @throws org.apache.kafka.clients.consumer.OffsetOutOfRangeException if records are deleted meanwhile
     */
    public void read(boolean follow, BooleanSupplier stopped, Predicate<Transaction> handler) {
        List<TopicPartition> all = new ArrayList<>();
        partitions.forEach((topic, number) -> {
            for (int partition = 0; partition < number; partition++) {
                all.add(new TopicPartition(topic, partition));
            }
        });
        TransactionMerge merge = new TransactionMerge(all);
        try (CommittedReader reader = new CommittedReader(kafka)) {
            reader.last(WATERMARKS, topics.watermarks(), new WatermarkHandler(this::keep));
            reader.readToEnd();
            partitions.forEach((topic, number) -> read(reader, TopicReader.undecoded(topic, number), merge));
            Map<TopicPartition, Long> ends = reader.ends();
            Watermark first = last;
            while (!stopped.getAsBoolean()) {
                Watermark watermark = follow ? last : first;
                if (watermark != null) {
                    Predicate<TopicPartition> ended = ended(reader, watermark, ends);
                    if (!merge.take(
                            new WatermarkBound(watermark.getEpoch(), watermark.getLsn()),
                            ended,
                            transaction -> isTooOld(transaction) || handler.test(transaction))) {
                        return;
                    }
                    if (!follow && all.stream().allMatch(ended)) {
                        return;
                    }
                } else if (!follow) {
                    return;
                }
                reader.pauseOnly(all.stream()
                        .filter(partition -> merge.waiting(partition) > MAX_WAITING)
                        .toList());
                reader.poll(POLL);
            }
        }
    }

    private void keep(Source watermarkOf, Watermark watermark) {
        if (watermarkOf == source) {
            last = watermark;
        }
    }

    private void read(CommittedReader reader, Topic<byte[], byte[]> topic, TransactionMerge merge) {
        CommittedReader.Handler<byte[], byte[]> add = (key, value, record) -> add(record, merge);
        since.ifPresentOrElse(time -> reader.since(time, topic, add), () -> reader.from(topic, add));
    }

    private static void add(ConsumerRecord<byte[], byte[]> record, TransactionMerge merge) {
        try {
            merge.add(PositionedRecord.of(record));
        } catch (IllegalArgumentException e) {
            LOG.warn("{}-{} offset {}: {}", record.topic(), record.partition(), record.offset(), e.getMessage());
        }
    }

    /** A partition that the watermark does not name has no new records; it may have old ones. */
    private static Predicate<TopicPartition> ended(
            CommittedReader reader, Watermark watermark, Map<TopicPartition, Long> ends) {
        Map<TopicPartition, Boolean> known = new HashMap<>();
        return partition -> known.computeIfAbsent(
                partition,
                asked -> reader.position(asked)
                        >= watermark.getOffsets().getOrDefault(asked.toString(), ends.getOrDefault(asked, 0L)));
    }

    /** All records of a transaction have the time of its commit; a partition may begin with an earlier one. */
    private boolean isTooOld(Transaction transaction) {
        return since.filter(time -> transaction.records().get(0).timestamp() < time.toEpochMilli())
                .isPresent();
    }
}

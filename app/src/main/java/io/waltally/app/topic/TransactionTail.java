package io.waltally.app.topic;

import io.waltally.app.config.KafkaSettings;
import io.waltally.app.tally.CommittedReader;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.control.Watermark;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The latest transactions of a source, whole and in commit order, with a bounded number of rows for each call: of a
 * source that writes more, it leaves some out. Watermarks say where transactions are; only these ranges are read.
 */
public final class TransactionTail implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TransactionTail.class);

    private static final Duration POLL = Duration.ofMillis(50);
    private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(500);
    private static final int FETCHED = 1 << 18;
    private static final int MOST_ENDS = 200;

    private final Consumer<byte[], byte[]> consumer;
    private final long mostRows;
    /** Ends of Kafka transactions of capture, where one may begin to read: the first is where reading has ended. */
    private final Deque<Watermark> ends = new ArrayDeque<>();

    /**
     * What was committed since the last call.
     *
     * @param transactions the latest of them
     * @param rowsLeftOut rows of the others, at most
     */
    public record Latest(List<Transaction> transactions, long rowsLeftOut) {
        public Latest {
            transactions = List.copyOf(transactions);
        }
    }

    /** @param mostRows that one call reads */
    public TransactionTail(KafkaSettings kafka, int mostRows) {
        this(
                CommittedReader.consumer(
                        kafka,
                        Map.of(
                                ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                                FETCHED,
                                ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG,
                                (int) POLL.toMillis())),
                mostRows);
    }

    TransactionTail(Consumer<byte[], byte[]> consumer, int mostRows) {
        this.consumer = consumer;
        this.mostRows = mostRows;
    }

    /** Takes notice of a watermark of the source. The first one tells where to begin. */
    public void advance(Watermark watermark) {
        if (!ends.isEmpty() && ends.getLast().getEpoch() != watermark.getEpoch()) {
            ends.clear();
        }
        ends.add(watermark);
        if (ends.size() > MOST_ENDS) {
            // The second one: where reading has ended must remain, for what is left out begins there.
            Watermark read = ends.remove();
            ends.remove();
            ends.addFirst(read);
        }
    }

    /** Reads the latest transactions. */
    public Latest latest() {
        if (ends.size() < 2) {
            return new Latest(List.of(), 0);
        }
        Watermark read = ends.getFirst();
        Watermark from = ends.remove();
        Watermark to = ends.getLast();
        while (ends.size() > 1 && rows(from, to) > mostRows) {
            from = ends.remove();
        }
        ends.clear();
        ends.add(to);
        long skipped = rows(read, from);
        Map<TopicPartition, Long> offsets = offsets(from, to);
        if (offsets.isEmpty()) {
            return new Latest(List.of(), skipped);
        }
        TransactionMerge merge = new TransactionMerge(offsets.keySet());
        Set<TopicPartition> open = fill(merge, from, offsets);
        List<Transaction> transactions = new ArrayList<>();
        merge.take(new CommitBound(to.getEpoch(), to.getLsn()), partition -> !open.contains(partition), transaction -> {
            transactions.add(transaction);
            return true;
        });
        long taken =
                transactions.stream().mapToLong(one -> one.records().size()).sum();
        // A range has also the marks of Kafka's transactions, so its length says nothing exact.
        return new Latest(transactions, skipped + (open.isEmpty() ? 0 : Math.max(0, rows(from, to) - taken)));
    }

    private static long rows(Watermark from, Watermark to) {
        return to.getOffsets().entrySet().stream()
                .mapToLong(end -> Math.max(0, end.getValue() - from.getOffsets().getOrDefault(end.getKey(), 0L)))
                .sum();
    }

    /** Where what lies between two watermarks ends, in the partitions that have any of it. */
    private static Map<TopicPartition, Long> offsets(Watermark from, Watermark to) {
        Map<TopicPartition, Long> ends = new HashMap<>();
        to.getOffsets().forEach((place, end) -> {
            if (end > from.getOffsets().getOrDefault(place, 0L)) {
                int dash = place.lastIndexOf('-');
                ends.put(
                        new TopicPartition(place.substring(0, dash), Integer.parseInt(place.substring(dash + 1))), end);
            }
        });
        return ends;
    }

    /** Returns the partitions of which there is more. */
    private Set<TopicPartition> fill(TransactionMerge merge, Watermark from, Map<TopicPartition, Long> to) {
        consumer.assign(to.keySet());
        to.keySet()
                .forEach(partition ->
                        consumer.seek(partition, from.getOffsets().getOrDefault(partition.toString(), 0L)));
        Set<TopicPartition> open = new HashSet<>(to.keySet());
        long deadline = System.nanoTime() + PATIENCE;
        long added = 0;
        while (!open.isEmpty() && added < mostRows && System.nanoTime() < deadline) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                if (record.offset() < to.get(new TopicPartition(record.topic(), record.partition()))) {
                    add(record, merge);
                    added++;
                }
            }
            open.removeIf(partition -> consumer.position(partition) >= to.get(partition));
        }
        return open;
    }

    private static void add(ConsumerRecord<byte[], byte[]> record, TransactionMerge merge) {
        try {
            merge.add(new PlacedRecord(ChangeHeaders.from(record.headers()), record));
        } catch (IllegalArgumentException e) {
            LOG.debug("{}-{} offset {}: {}", record.topic(), record.partition(), record.offset(), e.getMessage());
        }
    }

    @Override
    public void close() {
        consumer.close();
    }
}

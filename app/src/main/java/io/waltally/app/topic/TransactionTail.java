package io.waltally.app.topic;

import io.waltally.app.config.KafkaSettings;
import io.waltally.app.tally.CommittedReader;
import io.waltally.schemas.control.Watermark;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The latest transactions of a source, whole and in commit order, with a bounded number of rows for each call. Of a
 * source that writes more it reads a sample: the first transactions of the last Kafka transaction. Watermarks say where
 * transactions are; only these ranges are read.
 */
public final class TransactionTail implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TransactionTail.class);

    private static final Duration POLL = Duration.ofMillis(50);
    private static final long TIMEOUT = TimeUnit.MILLISECONDS.toNanos(500);
    private static final int FETCHED = 1 << 18;
    private static final int MAX_ENDS = 200;
    /** The rows of a partition that one poll returns. The other partitions have their turn next. */
    private static final int MAX_POLLED = 50;
    /** The rows to read of each partition of a sampled range: a transaction has rows in several partitions. */
    private static final int MIN_PER_PARTITION = 8;
    /** The offsets to go back in each partition. Kafka's transaction markers take offsets, too. */
    private static final int MAX_LOOKBACK = 60;
    /** The rows whose headers are read to find one whole transaction in a sample. */
    private static final int MAX_SAMPLED = 2_000;

    private final Consumer<byte[], byte[]> consumer;
    private final long mostRows;
    /** Ends of Kafka transactions of capture, where one may begin to read: the first is where reading has ended. */
    private final Deque<Watermark> ends = new ArrayDeque<>();

    /**
     * The transactions that were committed since the last call.
     *
     * @param transactions the latest of them
     * @param rowsLeftOut rows of the others, at most
     */
    public record Latest(List<Transaction> transactions, long rowsLeftOut) {
        public Latest {
            transactions = List.copyOf(transactions);
        }
    }

    /** @param mostRows of a range that is read whole, and about as many of others */
    public TransactionTail(KafkaSettings kafka, int mostRows) {
        this(
                CommittedReader.consumer(
                        kafka,
                        Map.of(
                                ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                                FETCHED,
                                ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG,
                                (int) POLL.toMillis(),
                                ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                                MAX_POLLED)),
                mostRows);
    }

    TransactionTail(Consumer<byte[], byte[]> consumer, int mostRows) {
        this.consumer = consumer;
        this.mostRows = mostRows;
    }

    /** Adds a watermark of the source. Reading begins after the first one. */
    public void advance(Watermark watermark) {
        if (!ends.isEmpty() && ends.getLast().getEpoch() != watermark.getEpoch()) {
            ends.clear();
        }
        ends.add(watermark);
        if (ends.size() > MAX_ENDS) {
            // The second one: where reading has ended must remain, for what is left out begins there.
            Watermark read = ends.remove();
            ends.remove();
            ends.addFirst(read);
        }
    }

    /** Whether it knows where to begin. */
    public boolean hasBegun() {
        return !ends.isEmpty();
    }

    /** The position up to which a tail that has begun was read. */
    public Watermark end() {
        return ends.getFirst();
    }

    /**
     * Reads the last transactions before the place where {@link #latest} begins, as far as they are whole in the last
     * rows of each partition. To be called before it.
     *
     * @param read the end of an earlier tail; transactions before it are left out
     */
    public List<Transaction> earlier(Optional<Watermark> read) {
        Watermark to = ends.getLast();
        ends.clear();
        ends.add(to);
        Map<TopicPartition, Long> places = offsets(Map.of(), to);
        Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(places.keySet());
        read.filter(before -> before.getEpoch() == to.getEpoch())
                .ifPresent(before -> beginnings.replaceAll((partition, beginning) ->
                        Math.max(beginning, before.getOffsets().getOrDefault(partition.toString(), 0L))));
        places.keySet().removeIf(partition -> beginnings.get(partition) >= places.get(partition));
        if (places.isEmpty()) {
            return List.of();
        }
        long depth = Math.max(MIN_PER_PARTITION, Math.min(MAX_LOOKBACK, MAX_SAMPLED / places.size()));
        Map<TopicPartition, Long> starts = new HashMap<>();
        places.forEach((partition, end) -> starts.put(partition, Math.max(beginnings.get(partition), end - depth)));
        Reading reading = new Reading(starts, places, true);
        List<Transaction> transactions = reading.transactions(new WatermarkBound(to.getEpoch(), to.getLsn()));
        Set<TopicPartition> cut = new HashSet<>(places.keySet());
        cut.removeIf(partition -> starts.get(partition).equals(beginnings.get(partition)));
        return transactions.stream()
                .filter(transaction -> {
                    PositionedRecord first =
                            PositionedRecord.of(transaction.records().get(0));
                    return reading.hasAllOf(first, cut)
                            && read.filter(before ->
                                            new WatermarkBound(before.getEpoch(), before.getLsn()).includes(first))
                                    .isEmpty();
                })
                .toList();
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
        Map<TopicPartition, Long> offsets = offsets(from.getOffsets(), to);
        if (offsets.isEmpty()) {
            return new Latest(List.of(), skipped);
        }
        long range = rows(from, to);
        Reading reading = new Reading(starts(from, offsets.keySet()), offsets, range <= mostRows);
        List<Transaction> transactions = reading.transactions(new WatermarkBound(to.getEpoch(), to.getLsn()));
        long taken =
                transactions.stream().mapToLong(one -> one.records().size()).sum();
        // A range has also the marks of Kafka's transactions, so its length says nothing exact.
        return new Latest(transactions, skipped + (reading.isAtEnd() ? 0 : Math.max(0, range - taken)));
    }

    private static long rows(Watermark from, Watermark to) {
        return to.getOffsets().entrySet().stream()
                .mapToLong(end -> Math.max(0, end.getValue() - from.getOffsets().getOrDefault(end.getKey(), 0L)))
                .sum();
    }

    private static Map<TopicPartition, Long> starts(Watermark from, Set<TopicPartition> partitions) {
        return partitions.stream()
                .collect(Collectors.toMap(
                        partition -> partition, partition -> from.getOffsets().getOrDefault(partition.toString(), 0L)));
    }

    /** The end offsets of the range between two watermarks, of the partitions that have records in it. */
    private static Map<TopicPartition, Long> offsets(Map<String, Long> from, Watermark to) {
        Map<TopicPartition, Long> ends = new HashMap<>();
        to.getOffsets().forEach((place, end) -> {
            if (end > from.getOrDefault(place, 0L)) {
                int dash = place.lastIndexOf('-');
                ends.put(
                        new TopicPartition(place.substring(0, dash), Integer.parseInt(place.substring(dash + 1))), end);
            }
        });
        return ends;
    }

    /**
     * Reads a range: all of it, or the beginning, of each partition as much, so that the first transactions are whole.
     */
    private final class Reading {
        private final Map<TopicPartition, Long> ends;
        private final boolean all;
        private final Set<TopicPartition> open;
        private final Map<TopicPartition, Integer> counts = new HashMap<>();
        private final Map<TopicPartition, PositionedRecord> firsts = new HashMap<>();
        private final TransactionMerge merge;
        private final long deadline = System.nanoTime() + TIMEOUT;

        Reading(Map<TopicPartition, Long> starts, Map<TopicPartition, Long> ends, boolean all) {
            this.ends = ends;
            this.all = all;
            open = new HashSet<>(ends.keySet());
            merge = new TransactionMerge(ends.keySet());
            consumer.assign(ends.keySet());
            starts.forEach(consumer::seek);
        }

        /** Whether a transaction begins after what lies before the first record of each of these partitions. */
        boolean hasAllOf(PositionedRecord transaction, Set<TopicPartition> partitions) {
            return partitions.stream().allMatch(partition -> {
                PositionedRecord first = firsts.get(partition);
                return first != null
                        && !transaction.isOfSameTransaction(first)
                        && PositionedRecord.ORDER.compare(transaction, first) > 0;
            });
        }

        /** Whether there is no more in the range. */
        boolean isAtEnd() {
            return open.isEmpty();
        }

        /** The complete transactions of what is read: more is read until there is one. */
        List<Transaction> transactions(WatermarkBound bound) {
            List<Transaction> transactions = new ArrayList<>();
            long limit = all ? Long.MAX_VALUE : Math.max(MIN_PER_PARTITION, mostRows / ends.size());
            boolean more = true;
            while (more) {
                read(limit);
                merge.take(bound, partition -> !open.contains(partition), transaction -> {
                    transactions.add(transaction);
                    return true;
                });
                more = !all && transactions.isEmpty() && !isAtEnd() && limit * ends.size() < MAX_SAMPLED && isInTime();
                limit *= 2;
            }
            return transactions;
        }

        private boolean isInTime() {
            return System.nanoTime() < deadline;
        }

        /** Reads until each partition has so many rows in all, or none is left. */
        private void read(long limit) {
            Set<TopicPartition> wanted = new HashSet<>();
            do {
                wanted.clear();
                open.stream()
                        .filter(partition -> counts.getOrDefault(partition, 0) < limit)
                        .forEach(wanted::add);
                consumer.pause(ends.keySet());
                consumer.resume(wanted);
                if (!wanted.isEmpty()) {
                    consumer.poll(POLL).forEach(this::add);
                    open.removeIf(partition -> consumer.position(partition) >= ends.get(partition));
                }
            } while (!wanted.isEmpty() && isInTime());
        }

        private void add(ConsumerRecord<byte[], byte[]> record) {
            TopicPartition partition = new TopicPartition(record.topic(), record.partition());
            if (record.offset() >= ends.get(partition)) {
                return;
            }
            counts.merge(partition, 1, Integer::sum);
            try {
                PositionedRecord placed = PositionedRecord.of(record);
                firsts.putIfAbsent(partition, placed);
                merge.add(placed);
            } catch (IllegalArgumentException e) {
                LOG.debug("{}-{} offset {}: {}", record.topic(), record.partition(), record.offset(), e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        consumer.close();
    }
}

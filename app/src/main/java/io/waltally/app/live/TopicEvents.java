package io.waltally.app.live;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waltally.app.config.Configuration;
import io.waltally.app.http.stream.EventLog;
import io.waltally.app.tally.CommittedReader;
import io.waltally.app.tally.Json;
import io.waltally.app.tally.WatermarkHandler;
import io.waltally.app.topic.Transaction;
import io.waltally.app.topic.TransactionTail;
import io.waltally.schemas.Source;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the latest notifications and transactions from their topics, starting with the last existing records. */
final class TopicEvents implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TopicEvents.class);

    private static final Duration POLL = Duration.ofMillis(20);
    private static final int MAX_NOTIFICATIONS = 50;
    private static final int MAX_POLLED = 200;
    /** Offsets before the end, over all partitions. Kafka's transaction markers take offsets, too. */
    private static final int EARLIER_NOTIFICATIONS = 200;

    private static final int MIN_PER_PARTITION = 4;
    /** Kafka's transaction markers may follow the last watermark. */
    private static final int EARLIER_WATERMARKS = 10;

    private static final int MAX_ROWS_READ = 200;
    /** Rows shown per event, over all its transactions. */
    private static final int MAX_ROWS_SHOWN = 60;

    /** Rows shown per event when transactions are sampled. */
    private static final int MAX_ROWS_SAMPLED = 20;

    private static final Duration SAMPLE_INTERVAL = Duration.ofSeconds(1);

    private static final int FETCHED = 1 << 16;
    private static final int POLLS_PER_READ = 2;

    private final CommittedReader reader;
    private final Topic<String, byte[]> notifications;
    private final Map<Source, TransactionTail> tails = new EnumMap<>(Source.class);
    private final TransactionJson form;
    private final ReportedPositions reported;
    private final Map<Source, Long> samplesDue = new EnumMap<>(Source.class);
    private final Set<Source> begun = EnumSet.noneOf(Source.class);
    private final List<ConsumerRecord<byte[], byte[]>> received = new ArrayList<>();
    private final Map<TopicPartition, Long> ends;
    private boolean readToEnds;
    private long leftOut;
    private int polls;

    TopicEvents(Configuration configuration, TopicCatalogue topics, ReportedPositions reported) {
        this.reported = reported;
        notifications = topics.notifications();
        form = new TransactionJson(topics);
        configuration
                .sources()
                .keySet()
                .forEach(source -> tails.put(source, new TransactionTail(configuration.kafka(), MAX_ROWS_READ)));
        reader = new CommittedReader(
                        configuration.kafka(),
                        Map.of(
                                ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                                MAX_POLLED,
                                ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                                FETCHED))
                .last(EARLIER_WATERMARKS, topics.watermarks(), new WatermarkHandler((source, watermark) -> {
                    TransactionTail tail = tails.get(source);
                    if (tail != null) {
                        tail.advance(watermark);
                    }
                }))
                .last(
                        Math.max(MIN_PER_PARTITION, EARLIER_NOTIFICATIONS / notifications.partitions()),
                        reported.notifications(),
                        notifications,
                        (key, value, record) -> received(record));
        ends = reader.ends();
    }

    private void received(ConsumerRecord<byte[], byte[]> record) {
        received.add(record);
        reported.notification(new TopicPartition(record.topic(), record.partition()), record.offset());
    }

    void poll(EventLog log) {
        reader.poll(POLL);
        if (!readToEnds) {
            readToEnds = reader.reached(ends);
            if (!readToEnds) {
                return;
            }
            earlierNotifications();
        }
        leftOut += reader.skipBacklog(notifications, MAX_POLLED);
        notifications(log);
        polls++;
        if (polls % POLLS_PER_READ == 0) {
            tails.forEach((source, tail) -> transactions(source, tail, log));
        }
    }

    /** Keeps only the latest of the earlier notifications, in the order of their times. */
    private void earlierNotifications() {
        received.sort(Comparator.comparingLong(ConsumerRecord::timestamp));
        received.subList(0, Math.max(0, received.size() - MAX_NOTIFICATIONS)).clear();
    }

    private void notifications(EventLog log) {
        if (received.isEmpty() && leftOut == 0) {
            return;
        }
        int first = Math.max(0, received.size() - MAX_NOTIFICATIONS);
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        ArrayNode items = document.putArray("items");
        received.subList(first, received.size())
                .forEach(record -> event(record.value()).ifPresent(items::add));
        document.put("left_out", first + leftOut);
        received.clear();
        leftOut = 0;
        if (!items.isEmpty() || document.path("left_out").asLong() > 0) {
            log.append("notifications", document);
        }
    }

    /** Empty for a record that is no event, which another producer wrote. */
    static Optional<JsonNode> event(byte @Nullable [] value) {
        if (value == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(Json.parse(new String(value, StandardCharsets.UTF_8)))
                    .filter(event ->
                            event.path("type").isTextual() && event.path("time").isTextual());
        } catch (IllegalArgumentException e) {
            LOG.debug("skipped a record of the outbox: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private void transactions(Source source, TransactionTail tail, EventLog log) {
        Long due = samplesDue.get(source);
        if (due != null && System.nanoTime() - due < 0) {
            return;
        }
        samplesDue.remove(source);
        if (!tail.hasBegun()) {
            return;
        }
        boolean earlier = begun.add(source);
        TransactionTail.Latest latest =
                earlier ? new TransactionTail.Latest(tail.earlier(reported.transactions(source)), 0) : tail.latest();
        reported.transactions(source, tail.end());
        if (latest.transactions().isEmpty() && latest.rowsLeftOut() == 0) {
            return;
        }
        List<Transaction> all = latest.transactions();
        boolean sample = latest.rowsLeftOut() > 0;
        if (sample) {
            samplesDue.put(source, System.nanoTime() + SAMPLE_INTERVAL.toNanos());
        }
        int first = firstShown(all, sample ? MAX_ROWS_SAMPLED : MAX_ROWS_SHOWN);
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("source", source.id());
        ArrayNode items = document.putArray("items");
        for (Transaction transaction : all.subList(first, all.size())) {
            items.add(form.of(transaction));
        }
        long leftOutHere = all.subList(0, first).stream()
                .mapToLong(transaction -> transaction.records().size())
                .sum();
        document.put("rows_left_out", earlier ? 0 : latest.rowsLeftOut() + leftOutHere);
        log.append("transactions", document);
    }

    /** The latest transactions are shown, and the last one however long it is. */
    private static int firstShown(List<Transaction> transactions, int mostRows) {
        int first = transactions.size();
        int rows = 0;
        while (first > 0 && rows < mostRows) {
            first--;
            rows += Math.min(
                    TransactionJson.MAX_ROWS, transactions.get(first).records().size());
        }
        return first;
    }

    @Override
    public void close() {
        reader.close();
        tails.values().forEach(TransactionTail::close);
    }
}

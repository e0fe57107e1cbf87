package io.waltally.app.deadletter;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.KafkaSettings;
import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.KafkaFutures;
import io.waltally.schemas.ReplayRequest;
import io.waltally.schemas.control.DeadLetterKey;
import io.waltally.schemas.event.EventFilter;
import io.waltally.schemas.request.ExclusiveTransaction;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.webhooks.event.OutboxEvent;
import io.waltally.webhooks.schedule.DeliveryProgress;
import io.waltally.webhooks.send.Endpoint;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Sends notifications again to an endpoint that has already received them. */
public final class Redelivery {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final String REASON = "sent again on request";

    private final KafkaSettings kafka;
    private final TopicCatalogue topics;
    private final DeadLetterTopics letters;
    private final Endpoint endpoint;
    private final EventFilter types;
    private final Instant since;
    private final Instant until;
    private final Map<TopicPartition, Range> ranges;

    /**
     * The offsets to read of a partition.
     *
     * @param to exclusive
     */
    private record Range(long from, long to, DeliveryProgress delivered) {}

    /**
     * Finds where the notifications are.
     *
     * @param group consumer group of the endpoint
     * @param types of notifications; of these, the endpoint gets those that it is configured to get
     * @param since time of the record in the outbox, inclusive
     * @param until the same, exclusive
     * @throws KafkaException if the cluster does not answer
     */
    public Redelivery(
            Configuration configuration,
            TopicCatalogue topics,
            Endpoint endpoint,
            String group,
            EventFilter types,
            Instant since,
            Instant until) {
        this.kafka = configuration.kafka();
        this.topics = topics;
        this.letters = new DeadLetterTopics(kafka, topics);
        this.endpoint = endpoint;
        this.types = types;
        this.since = since;
        this.until = until;
        Map<TopicPartition, DeliveryProgress> delivered = delivered(group);
        Map<TopicPartition, Range> found = new HashMap<>();
        if (!delivered.isEmpty()) {
            try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
                Map<TopicPartition, Long> times = new HashMap<>();
                delivered.keySet().forEach(partition -> times.put(partition, since.toEpochMilli()));
                Map<TopicPartition, OffsetAndTimestamp> first = consumer.offsetsForTimes(times);
                // A topic that was made again may end before what was delivered of the former one.
                Map<TopicPartition, Long> ends = consumer.endOffsets(times.keySet());
                delivered.forEach((partition, progress) -> {
                    OffsetAndTimestamp begin = first.get(partition);
                    long to = Math.min(progress.next(), ends.get(partition));
                    if (begin != null && begin.offset() < to) {
                        found.put(partition, new Range(begin.offset(), to, progress));
                    }
                });
            }
        }
        ranges = Map.copyOf(found);
    }

    /** Committed progress by partition. Undelivered events are not redelivered, because delivery still sends them. */
    private Map<TopicPartition, DeliveryProgress> delivered(String group) {
        try (Admin admin = Admin.create(Map.copyOf(kafka.properties()))) {
            Map<TopicPartition, DeliveryProgress> delivered = new HashMap<>();
            for (Map.Entry<TopicPartition, OffsetAndMetadata> offset : KafkaFutures.get(
                            admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
                    .entrySet()) {
                if (offset.getKey().topic().equals(topics.notifications().name()) && offset.getValue() != null) {
                    delivered.put(offset.getKey(), progress(offset.getValue()));
                }
            }
            return delivered;
        } catch (GroupIdNotFoundException e) {
            return Map.of(); // Nothing was delivered yet.
        }
    }

    private static DeliveryProgress progress(OffsetAndMetadata committed) {
        try {
            return DeliveryProgress.of(committed.offset(), committed.metadata());
        } catch (IllegalArgumentException e) {
            return DeliveryProgress.at(committed.offset());
        }
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        Map<String, Object> properties = new HashMap<>(kafka.properties());
        properties.put(
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                IsolationLevel.READ_COMMITTED.toString().toLowerCase(Locale.ROOT));
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** The number of notifications. */
    public long count() {
        long[] count = {0};
        read(event -> count[0]++);
        return count[0];
    }

    /**
     * Writes them to the replay topic, for this endpoint alone. Resolves those that are open dead letters.
     *
     * @return the number of notifications
     * @throws KafkaException if one could not be written; those before it may have been
     */
    public long send() {
        letters.provide();
        Map<String, DeadLetterKey> open = openLetters();
        ExclusiveTransaction transaction = letters.independentReplays();
        String request = UUID.randomUUID().toString();
        List<ProducerRecord<byte[], byte[]>> waiting = new ArrayList<>();
        long[] count = {0};
        read(event -> {
            Optional<DeadLetterKey> letter = Optional.ofNullable(open.get(event.id()));
            waiting.add(replay(event.record(), letter.map(key -> new ReplayRequest(request, key))));
            letter.map(key -> letters.requested(key, request)).ifPresent(waiting::add);
            count[0]++;
            if (waiting.size() >= DeadLetterTopics.WRITTEN_AT_ONCE) {
                transaction.write(() -> waiting);
                waiting.clear();
            }
        });
        transaction.write(() -> waiting);
        return count[0];
    }

    private Map<String, DeadLetterKey> openLetters() {
        DeadLetterLedger ledger = letters.readWithoutContent(List.of(DeadLetterStage.WEBHOOKS));
        Map<String, DeadLetterKey> open = new HashMap<>();
        ledger.letters().stream()
                .filter(DeadLetterHistory::isOpen)
                .map(DeadLetterHistory::letter)
                .filter(letter -> letter.endpoint().equals(Optional.of(endpoint.name())))
                .forEach(letter -> open.put(letter.id(), ledger.key(letter)));
        return open;
    }

    private ProducerRecord<byte[], byte[]> replay(
            ConsumerRecord<byte[], byte[]> record, Optional<ReplayRequest> request) {
        Headers headers = new RecordHeaders(record.headers().toArray());
        DeadLetterHeaders.removeFrom(headers);
        new DeadLetterHeaders(
                        record.topic(),
                        OptionalInt.of(record.partition()),
                        OptionalLong.of(record.offset()),
                        "",
                        REASON)
                .addTo(headers);
        headers.add(DeadLetterHeaders.ENDPOINT, endpoint.name().getBytes(StandardCharsets.UTF_8));
        request.ifPresent(found -> found.addTo(headers));
        DeadLetterHeaders.addOriginalTimestamp(headers, record.timestamp());
        return new ProducerRecord<>(
                topics.notificationReplays().name(),
                record.partition(),
                System.currentTimeMillis(),
                record.key(),
                record.value(),
                headers);
    }

    private void read(Consumer<OutboxEvent> handler) {
        if (ranges.isEmpty()) {
            return;
        }
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            consumer.assign(ranges.keySet());
            ranges.forEach((partition, range) -> consumer.seek(partition, range.from()));
            while (!ranges.entrySet().stream()
                    .allMatch(range -> consumer.position(range.getKey())
                            >= range.getValue().to())) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    accept(record, handler);
                }
                consumer.pause(consumer.assignment().stream()
                        .filter(partition -> consumer.position(partition)
                                >= ranges.get(partition).to())
                        .toList());
            }
        }
    }

    private void accept(ConsumerRecord<byte[], byte[]> record, Consumer<OutboxEvent> handler) {
        Instant time = Instant.ofEpochMilli(record.timestamp());
        Range range = ranges.get(new TopicPartition(record.topic(), record.partition()));
        if (time.isBefore(since) || !time.isBefore(until)) {
            return;
        }
        OutboxEvent event;
        try {
            event = OutboxEvent.of(record);
        } catch (IllegalArgumentException e) {
            return; // The notification became a dead letter.
        }
        if (range.delivered().isFinished(event)
                && types.accepts(event.type(), event.subject())
                && endpoint.filter().accepts(event.type(), event.subject())) {
            handler.accept(event);
        }
    }
}

package io.waltally.app.deadletter;

import io.waltally.app.config.KafkaSettings;
import io.waltally.app.tally.CommittedReader;
import io.waltally.schemas.CloseSignal;
import io.waltally.schemas.UngroupedConsumer;
import io.waltally.schemas.topic.TopicCatalogue;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows the cluster's dead letters in the background, and counts the open ones. */
public final class DeadLetterWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DeadLetterWatch.class);

    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration PAUSE = Duration.ofSeconds(5);
    private static final Duration STOP = Duration.ofSeconds(2);

    /** The interval of checks for letters past their retention and for topics that were created anew. */
    private static final long CHECK_NANOS = Duration.ofMinutes(1).toNanos();

    private final KafkaSettings kafka;
    private final DeadLetterTopics topics;
    private final CloseSignal closing = new CloseSignal();
    private final Thread thread = new Thread(this::run, "dead-letters");
    private volatile Optional<DeadLetterLedger> complete = Optional.empty();

    public DeadLetterWatch(KafkaSettings kafka, TopicCatalogue topics) {
        this.kafka = kafka;
        this.topics = new DeadLetterTopics(kafka, topics);
        thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    /** The dead letters without keys and values; empty until all have been read, and while they cannot be read. */
    public Optional<List<DeadLetterHistory>> letters() {
        return complete.map(DeadLetterLedger::letters);
    }

    private void run() {
        while (!closing.closedWithin(Duration.ZERO)) {
            try {
                follow();
            } catch (RuntimeException e) {
                LOG.debug("dead letters cannot be read, trying again", e);
            }
            complete = Optional.empty();
            closing.closedWithin(PAUSE);
        }
    }

    /** Returns when the topics are not those that it began with. */
    private void follow() {
        Map<String, String> existing = topics.existing();
        DeadLetterLedger ledger = new DeadLetterLedger(existing);
        try (CommittedReader reader = new CommittedReader(kafka, UngroupedConsumer.FOLLOWING)) {
            boolean any = topics.follow(
                    reader,
                    existing.keySet(),
                    List.of(DeadLetterStage.values()),
                    ledger,
                    letter -> ledger.add(letter.withoutContent()));
            if (!any) {
                return;
            }
            Map<TopicPartition, Long> ends = reader.ends();
            long checked = System.nanoTime();
            while (!closing.closedWithin(Duration.ZERO)) {
                reader.poll(POLL);
                if (complete.isEmpty() && reader.reached(ends)) {
                    complete = Optional.of(ledger);
                }
                if (System.nanoTime() - checked >= CHECK_NANOS) {
                    checked = System.nanoTime();
                    Map<TopicPartition, Long> beginnings = reader.beginnings();
                    if (!topics.sameAs(existing, topics.existing())) {
                        return;
                    }
                    beginnings.forEach((partition, offset) ->
                            ledger.removeBefore(partition.topic(), partition.partition(), offset));
                }
            }
        }
    }

    @Override
    public void close() {
        closing.close();
        try {
            thread.join(STOP.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

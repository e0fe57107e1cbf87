package io.waltally.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class IdlePollingTest {
    private static final TopicPartition PARTITION = new TopicPartition("topic", 0);
    private static final ConsumerRecords<byte[], byte[]> RECORDS = new ConsumerRecords<>(
            Map.of(PARTITION, List.of(new ConsumerRecord<>("topic", 0, 5, new byte[0], new byte[0]))),
            Map.of(PARTITION, new OffsetAndMetadata(6)));
    /** Behind the mark of a transaction. */
    private static final ConsumerRecords<byte[], byte[]> POSITION =
            new ConsumerRecords<>(Map.of(), Map.of(PARTITION, new OffsetAndMetadata(7)));

    private final AtomicLong updates = new AtomicLong();
    private long nanos = Long.MAX_VALUE - 5;
    private final IdlePolling polling = new IdlePolling(updates, () -> nanos);
    private final List<Long> polls = new ArrayList<>();

    @Test
    void pollsOnceDuringTheStart() {
        pass(10_000);
        assertThat(polls(250, ConsumerRecords.empty())).containsExactly(100L);
        assertThat(polls(30, ConsumerRecords.empty())).containsExactly(30L);
        assertThat(polls(0, ConsumerRecords.empty())).containsExactly(0L);
    }

    @Test
    void pollsForTheWholeTimeoutWhenIdle() {
        becomeIdle();
        assertThat(polls(250, ConsumerRecords.empty())).containsExactly(100L, 100L, 50L);
        assertThat(polls(0, ConsumerRecords.empty())).containsExactly(0L);
    }

    @Test
    void returnsWhatArrives() {
        for (ConsumerRecords<byte[], byte[]> arrived : List.of(RECORDS, POSITION)) {
            becomeIdle();
            assertThat(polls(250, ConsumerRecords.empty(), arrived)).containsExactly(100L, 100L);
            assertThat(polls(250, ConsumerRecords.empty())).as("active").containsExactly(100L);
        }
    }

    @Test
    void returnsWhenAGlobalStoreHasChanged() {
        becomeIdle();
        updates.incrementAndGet();
        assertThat(polls(250, ConsumerRecords.empty())).containsExactly(100L);
        assertThat(polls(250, ConsumerRecords.empty())).as("active").containsExactly(100L);
        pass(500);
        assertThat(polls(250, ConsumerRecords.empty())).hasSize(3);
    }

    /** Polls with the results in their order, the last one ever again; returns the timeouts. */
    @SafeVarargs
    private List<Long> polls(long timeout, ConsumerRecords<byte[], byte[]>... results) {
        polls.clear();
        ConsumerRecords<byte[], byte[]> returned = polling.poll(Duration.ofMillis(timeout), wait -> {
            polls.add(wait.toMillis());
            pass(wait.toMillis());
            return results[Math.min(polls.size(), results.length) - 1];
        });
        assertThat(returned).isSameAs(results[results.length - 1]);
        return polls;
    }

    private void becomeIdle() {
        pass(10_500);
    }

    private void pass(long millis) {
        nanos += Duration.ofMillis(millis).toNanos();
    }
}

package io.waltally.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GlobalConsumerTest {
    private static final TopicPartition ONE = new TopicPartition("one", 0);
    private static final TopicPartition TWO = new TopicPartition("two", 3);

    private final List<MockConsumer<byte[], byte[]>> created = new ArrayList<>();
    private final List<Map<String, Object>> configs = new ArrayList<>();
    private final AtomicLong updates = new AtomicLong();
    private long now = Long.MAX_VALUE - 5;
    private Consumer<byte[], byte[]> consumer;

    @BeforeEach
    void create() {
        consumer = GlobalConsumer.create(
                Map.of(ConsumerConfig.CLIENT_ID_CONFIG, "global"), this::consumer, () -> now, updates);
        consumer.assign(Set.of(ONE, TWO));
        consumer.seek(ONE, 10);
        consumer.seek(TWO, 20);
    }

    private MockConsumer<byte[], byte[]> consumer(Map<String, Object> config) {
        MockConsumer<byte[], byte[]> next = new MockConsumer<>("earliest");
        created.add(next);
        configs.add(config);
        return next;
    }

    @Test
    void fetchesWaitForAShortTimeDuringTheStartOnly() {
        assertThat(configs).singleElement().isEqualTo(Map.of("client.id", "global", "fetch.max.wait.ms", 10));
        seconds(9);
        poll();
        assertThat(created).hasSize(1);
        seconds(1);
        poll();
        assertThat(configs.get(1)).isEqualTo(Map.of("client.id", "global"));
        assertThat(created.get(0).closed()).isTrue();
        seconds(100);
        poll();
        assertThat(created).hasSize(2);
    }

    @Test
    void replacingTheConsumerNeitherSkipsNorRepeatsRecords() {
        add(created.get(0), ONE, 10);
        add(created.get(0), ONE, 11);
        seconds(11);
        assertThat(poll()).isEqualTo(2);
        assertThat(created).as("not while records arrive").hasSize(1);
        assertThat(poll()).isZero();
        assertThat(consumer.assignment()).containsExactlyInAnyOrder(ONE, TWO);
        assertThat(consumer.position(ONE)).isEqualTo(12);
        assertThat(consumer.position(TWO)).isEqualTo(20);
        add(created.get(1), ONE, 12);
        assertThat(poll()).isEqualTo(1);
    }

    @Test
    void countsAnUpdateWhenTheRecordsOfAPollHaveBeenHandled() {
        poll();
        add(created.get(0), ONE, 10);
        poll();
        consumer.metrics();
        assertThat(updates).as("they are not in the store yet").hasValue(0);
        poll();
        assertThat(updates).hasValue(1);
        poll();
        assertThat(updates).hasValue(1);
    }

    @Test
    void errorsArriveAsTheyAre() {
        KafkaException failure = new KafkaException("a failure");
        created.get(0).setPollException(failure);
        assertThatThrownBy(this::poll).isSameAs(failure);
    }

    private void seconds(int seconds) {
        now += Duration.ofSeconds(seconds).toNanos();
    }

    private int poll() {
        return consumer.poll(Duration.ZERO).count();
    }

    private static void add(MockConsumer<byte[], byte[]> to, TopicPartition partition, long offset) {
        to.addRecord(new ConsumerRecord<>(partition.topic(), partition.partition(), offset, null, new byte[0]));
    }
}

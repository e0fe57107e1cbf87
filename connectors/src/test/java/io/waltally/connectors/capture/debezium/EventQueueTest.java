package io.waltally.connectors.capture.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import io.debezium.pipeline.DataChangeEvent;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class EventQueueTest {
    private static final String TABLE = "s3.public.object_locations";
    private static final String HEARTBEATS = "__debezium-heartbeat.s3";
    private static final Schema ROW =
            SchemaBuilder.struct().field("payload", Schema.BYTES_SCHEMA).build();
    private static final Duration LONG = Duration.ofMinutes(1);

    private final EventQueue queue = new EventQueue();

    EventQueueTest() {
        queue.configure(Map.of("max.queue.size", "100", "max.batch.size", "3"));
    }

    @Test
    void eventsComeOutInOrderAndNoMoreThanABatchAtOnce() throws InterruptedException {
        for (int i = 1; i <= 4; i++) {
            queue.enqueue(event(TABLE, i));
        }
        assertThat(positions(queue.take(LONG))).containsExactly(1, 2, 3);
        assertThat(positions(queue.take(LONG))).containsExactly(4);
        assertThat(queue.take(Duration.ZERO)).isEmpty();
    }

    @Test
    void enqueueWakesTheWaitingConsumer() throws Exception {
        CompletableFuture<List<SourceRecord>> taken = CompletableFuture.supplyAsync(() -> {
            try {
                return queue.take(LONG);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        queue.enqueue(event(TABLE, 1));
        assertThat(taken.get(10, TimeUnit.SECONDS)).hasSize(1);
    }

    @Test
    void heartbeatIsQueuedOnlyWithANewPosition() throws InterruptedException {
        queue.enqueue(event(TABLE, 1));
        queue.enqueue(event(HEARTBEATS, 1));
        queue.enqueue(event(HEARTBEATS, 2));
        queue.enqueue(event(HEARTBEATS, 2));
        assertThat(positions(queue.take(LONG))).containsExactly(1, 2);
    }

    @Test
    void aRowPassesWhateverItsPosition() throws InterruptedException {
        queue.enqueue(event(TABLE, 1));
        queue.enqueue(event(TABLE, 1));
        assertThat(queue.take(LONG)).hasSize(2);
    }

    @Test
    void eventsOfManyBytesFillTheQueue() throws InterruptedException {
        byte[] large = new byte[40 * 1024 * 1024];
        queue.enqueue(event(TABLE, 1, large));
        assertThat(queue.size()).isEqualTo(1);
        queue.enqueue(event(TABLE, 2, large));
        assertThat(queue.size()).isEqualTo(100);
        queue.take(LONG);
        assertThat(queue.size()).isZero();
    }

    private static DataChangeEvent event(String topic, int position) {
        return event(topic, position, new byte[0]);
    }

    private static DataChangeEvent event(String topic, int position, byte[] value) {
        return new DataChangeEvent(new SourceRecord(
                Map.of(), Map.of("lsn_commit", position), topic, ROW, new Struct(ROW).put("payload", value)));
    }

    private static List<Integer> positions(List<SourceRecord> records) {
        return records.stream()
                .map(record -> (Integer) record.sourceOffset().get("lsn_commit"))
                .toList();
    }
}

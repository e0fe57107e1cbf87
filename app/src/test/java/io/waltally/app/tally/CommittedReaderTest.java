package io.waltally.app.tally;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.schemas.topic.Cleanup;
import io.waltally.schemas.topic.Routing;
import io.waltally.schemas.topic.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.Serdes;
import org.junit.jupiter.api.Test;

class CommittedReaderTest {
    private static final TopicPartition PARTITION = new TopicPartition("t", 0);
    private static final Topic<String, String> TOPIC =
            new Topic<>("t", Serdes.String(), Serdes.String(), 1, new Cleanup.Compact(Duration.ZERO), Routing.byKey());

    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
    private final List<Long> read = new ArrayList<>();

    private void has(long first, long end) {
        consumer.updateBeginningOffsets(Map.of(PARTITION, first));
        consumer.updateEndOffsets(Map.of(PARTITION, end));
        consumer.schedulePollTask(() -> {
            for (long offset = first; offset < end; offset++) {
                consumer.addRecord(new ConsumerRecord<>("t", 0, offset, new byte[] {'k'}, new byte[] {'v'}));
            }
        });
    }

    @Test
    void theEndIsReadFromNearIt() {
        has(10, 100);
        CommittedReader reader =
                new CommittedReader(consumer).last(5, TOPIC, (key, value, record) -> read.add(record.offset()));
        reader.readToEnd();
        assertThat(read).containsExactly(95L, 96L, 97L, 98L, 99L);
    }

    @Test
    void aBrokerThatDoesNotAnswerAtFirstIsAskedAgain() {
        CommittedReader reader =
                new CommittedReader(consumer).last(5, TOPIC, (key, value, record) -> read.add(record.offset()));
        consumer.setOffsetsException(new KafkaException("no answer"));
        assertThatThrownBy(() -> reader.poll(Duration.ZERO)).isInstanceOf(KafkaException.class);
        has(98, 100);
        reader.readToEnd();
        assertThat(read).containsExactly(98L, 99L);
    }

    @Test
    void whatTakesTooLongEndsWithTheReason() {
        consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
        consumer.updateEndOffsets(Map.of(PARTITION, 7L));
        CommittedReader reader =
                new CommittedReader(consumer).from(TOPIC, (key, value, record) -> read.add(record.offset()));
        assertThatThrownBy(() -> reader.readToEnd(Duration.ofMillis(20)))
                .isInstanceOf(TimeoutException.class)
                .hasMessage("t could not be read within 0 s: at most 7 records left");
    }
}

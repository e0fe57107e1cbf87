package io.waltally.schemas.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.schemas.control.SinkControl;
import io.waltally.schemas.control.SinkControlKey;
import io.waltally.schemas.serde.AvroSerdes;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicSettings;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RequestRecordsTest {
    private static final byte[] GARBAGE = {'n', 'o'};
    private static final SinkControl PAUSED = new SinkControl(true, "", Instant.EPOCH, null);

    private final Topic<SinkControlKey, SinkControl> topic =
            new TopicCatalogue(TopicSettings.DEFAULTS, new AvroSerdes("mock://requests")).sinkControls();
    private final RequestRecords<SinkControlKey, SinkControl> records = new RequestRecords<>(topic);
    private final Map<SinkControlKey, SinkControl> last = new HashMap<>();

    @Test
    void aRecordWhoseKeyCannotBeReadIsSkipped() {
        apply(key("one"), value(PAUSED));
        for (byte[] foreign : new byte[][] {GARBAGE, {}, {0, 0, 0, 0, 99}}) {
            apply(foreign, foreign);
            apply(foreign, value(PAUSED));
            apply(foreign, null);
        }
        assertThat(last).containsOnly(Map.entry(new SinkControlKey("one"), PAUSED));
    }

    @Test
    void aRequestThatCannotBeReadLeavesTheOneBefore() {
        apply(key("one"), value(PAUSED));
        apply(key("one"), GARBAGE);
        apply(key("two"), GARBAGE);
        assertThat(last).containsOnly(Map.entry(new SinkControlKey("one"), PAUSED));
        assertThatThrownBy(() -> records.value(record(key("one"), GARBAGE))).isInstanceOf(SerializationException.class);
        apply(key("one"), null);
        assertThat(last).isEmpty();
    }

    private void apply(byte[] key, byte @Nullable [] value) {
        records.apply(record(key, value), last);
    }

    private ConsumerRecord<byte[], byte[]> record(byte[] key, byte @Nullable [] value) {
        return new ConsumerRecord<>(topic.name(), 0, 7, key, value);
    }

    private byte[] key(String sink) {
        return topic.keySerde().serializer().serialize(topic.name(), new SinkControlKey(sink));
    }

    private byte[] value(SinkControl control) {
        return topic.valueSerde().serializer().serialize(topic.name(), control);
    }
}

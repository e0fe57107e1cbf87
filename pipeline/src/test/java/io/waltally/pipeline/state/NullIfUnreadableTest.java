package io.waltally.pipeline.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.schemas.agg.UserKey;
import io.waltally.schemas.serde.AvroSerdes;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.junit.jupiter.api.Test;

class NullIfUnreadableTest {
    private static final String TOPIC = "agg.user-storage";

    @Test
    void aValueThatCannotBeReadIsNull() {
        Serde<UserKey> serde = NullIfUnreadable.of(new AvroSerdes("mock://view").of(UserKey.class, false));
        byte[] bytes = serde.serializer().serialize(TOPIC, new UserKey(7L));
        assertThat(serde.deserializer().deserialize(TOPIC, bytes)).isEqualTo(new UserKey(7L));
        assertThat(serde.deserializer().deserialize(TOPIC, "no".getBytes(StandardCharsets.UTF_8)))
                .isNull();
        assertThat(serde.deserializer().deserialize(TOPIC, new byte[0])).isNull();
    }

    @Test
    void aRegistryThatDoesNotAnswerIsNotTakenForIt() {
        Deserializer<String> unavailable = (topic, bytes) -> {
            throw new TimeoutException("the schema registry does not answer");
        };
        Serde<String> serde =
                NullIfUnreadable.of(Serdes.serdeFrom(Serdes.String().serializer(), unavailable));
        assertThatThrownBy(() -> serde.deserializer().deserialize(TOPIC, new byte[0]))
                .isInstanceOf(TimeoutException.class);
    }
}

package io.waltally.pipeline.notification;

import io.waltally.schemas.topic.Topic;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;

/** The outbox topic, keyed by subject. */
public record Outbox(Topic<String, byte[]> topic) {
    /** @param noun part of the processor names, such as {@code object-notifications} */
    public void write(KStream<String, Notification> notifications, String noun) {
        notifications
                .process(WriteCloudEvents::new, Named.as("form-" + noun))
                .to(
                        topic.name(),
                        Produced.with(topic.keySerde(), topic.valueSerde()).withName("write-" + noun));
    }
}

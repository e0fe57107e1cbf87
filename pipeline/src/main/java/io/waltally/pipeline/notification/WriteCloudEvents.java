package io.waltally.pipeline.notification;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.jackson.JsonCloudEventData;
import io.cloudevents.jackson.JsonFormat;
import io.waltally.schemas.Source;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Serializes notifications by the Kafka binding of CloudEvents, in structured mode. A transaction id is a string,
 * because it is an unsigned 64-bit number and CloudEvents integers are signed 32-bit numbers.
 */
final class WriteCloudEvents extends ContextualProcessor<String, Notification, String, byte[]> {
    private static final URI OBJECT_STORE = URI.create("/s3-orchestrator");
    private static final URI SYNC_STORAGE = URI.create("/syncstorage");
    private static final byte[] CONTENT_TYPE = JsonFormat.CONTENT_TYPE.getBytes(StandardCharsets.UTF_8);

    private final JsonFormat format = new JsonFormat();
    private final ObjectMapper mapper = new ObjectMapper();

    @Override
    public void process(Record<String, Notification> record) {
        Notification notification = record.value();
        Headers headers = new RecordHeaders().add("content-type", CONTENT_TYPE);
        context()
                .forward(new Record<>(
                        notification.subject(),
                        format.serialize(event(notification)),
                        notification.commit().time().toEpochMilli(),
                        headers));
    }

    private static URI source(Source source) {
        return switch (source) {
            case S3 -> OBJECT_STORE;
            case SYNC -> SYNC_STORAGE;
        };
    }

    private CloudEvent event(Notification notification) {
        ObjectNode data = mapper.createObjectNode();
        notification.data().forEach((name, value) -> data.set(name, mapper.valueToTree(value)));
        return CloudEventBuilder.v1()
                .withId(notification.id())
                .withSource(source(notification.commit().source()))
                .withType(notification.type().id())
                .withSubject(notification.subject())
                .withTime(notification.commit().time().atOffset(ZoneOffset.UTC))
                .withDataContentType("application/json")
                .withData(JsonCloudEventData.wrap(data))
                .withExtension("lsn", notification.commit().lsn().toString())
                .withExtension("txid", Long.toString(notification.commit().transactionId()))
                .withExtension("epoch", notification.commit().epoch())
                .build();
    }
}

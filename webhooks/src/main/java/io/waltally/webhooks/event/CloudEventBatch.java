package io.waltally.webhooks.event;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The JSON batch format of CloudEvents: an array of events in structured JSON. */
public final class CloudEventBatch {
    public static final String CONTENT_TYPE = "application/cloudevents-batch+json";

    private static final JsonFactory JSON = new JsonFactory();

    private CloudEventBatch() {}

    /** The batch, with each event exactly as in the outbox. */
    public static byte[] write(List<OutboxEvent> events) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        char before = '[';
        for (OutboxEvent event : events) {
            body.write(before);
            body.writeBytes(event.body());
            before = ',';
        }
        body.write(']');
        return body.toByteArray();
    }

    /**
     * Returns the events of a batch, as they are written there.
     *
     * @throws IllegalArgumentException if it is not an array of JSON objects
     */
    public static List<String> read(String body) {
        List<String> events = new ArrayList<>();
        try (JsonParser parser = JSON.createParser(body)) {
            require(parser.nextToken() == JsonToken.START_ARRAY);
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                require(parser.currentToken() == JsonToken.START_OBJECT);
                int from = (int) parser.currentTokenLocation().getCharOffset();
                parser.skipChildren();
                events.add(body.substring(from, (int) parser.currentLocation().getCharOffset()));
            }
            require(parser.nextToken() == null);
            return events;
        } catch (IOException e) {
            throw new IllegalArgumentException("the body is not JSON", e);
        }
    }

    private static void require(boolean holds) {
        if (!holds) {
            throw new IllegalArgumentException("the body is not one JSON array of objects");
        }
    }
}

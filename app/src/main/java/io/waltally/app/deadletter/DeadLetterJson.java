package io.waltally.app.deadletter;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waltally.schemas.control.DeadLetterEvent;

/** The JSON form of dead letters. */
public final class DeadLetterJson {
    private final DeadLetterContents contents;

    public DeadLetterJson(DeadLetterContents contents) {
        this.contents = contents;
    }

    public ObjectNode summary(DeadLetterHistory filed) {
        DeadLetter letter = filed.letter();
        ObjectNode item = JsonNodeFactory.instance.objectNode();
        item.put("id", letter.id());
        item.put("stage", letter.stage().id());
        item.put("state", filed.state().id());
        item.put("result", filed.result().map(DeadLetterHistory::word).orElse(null));
        item.put("replays", filed.replays());
        item.put("awaited_since", filed.awaitedSince().map(Object::toString).orElse(null));
        item.put("endpoint", letter.endpoint().orElse(null));
        item.put("sink", letter.sink().orElse(null));
        item.put("source", letter.source().map(source -> source.id()).orElse(null));
        item.put("topic", letter.reason().topic());
        letter.reason()
                .partition()
                .ifPresentOrElse(partition -> item.put("partition", partition), () -> item.putNull("partition"));
        letter.reason().offset().ifPresentOrElse(offset -> item.put("offset", offset), () -> item.putNull("offset"));
        item.set("key", contents.key(letter).orElse(JsonNodeFactory.instance.nullNode()));
        item.put("event_type", contents.eventType(letter).orElse(null));
        item.put("bucket", contents.bucket(letter).orElse(null));
        letter.attempts().ifPresentOrElse(attempts -> item.put("attempts", attempts), () -> item.putNull("attempts"));
        item.put("time", letter.time().toString());
        item.put("exception", letter.reason().exception());
        item.put("message", letter.reason().message());
        item.put("attributed", letter.isAttributed());
        return item;
    }

    /** The dead letter with headers, value and history. */
    public ObjectNode whole(DeadLetterHistory filed) {
        ObjectNode item = summary(filed);
        item.put("superseded_by", filed.successor().map(DeadLetterJson::place).orElse(null));
        ObjectNode headers = item.putObject("headers");
        LetterHeaders.of(filed.letter()).forEach(headers::put);
        try {
            item.set("value", contents.value(filed.letter()));
        } catch (DeadLetterContents.UnreadableException e) {
            item.putNull("value");
            item.put("unreadable", e.getMessage());
        }
        ArrayNode history = item.putArray("history");
        for (DeadLetterEvent event : filed.events()) {
            history.addObject()
                    .put("at", event.getAt().toString())
                    .put("event", DeadLetterHistory.word(event.getType()))
                    .put("by", event.getBy())
                    .put("detail", event.getDetail());
        }
        return item;
    }

    /** The topic, partition and offset of a dead letter. */
    public static String place(DeadLetter letter) {
        return letter.record().topic() + "-" + letter.record().partition() + "-"
                + letter.record().offset();
    }
}

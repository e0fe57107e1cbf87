package io.waltally.app.command;

import io.waltally.schemas.control.DeadLetterEvent;
import io.waltally.schemas.control.DeadLetterEventType;
import java.util.Locale;

/** The words for dead letters and what happens to them. */
final class LetterTexts {
    private LetterTexts() {}

    static String count(long number) {
        return number + (number == 1 ? " dead letter" : " dead letters");
    }

    static String result(DeadLetterEventType type) {
        return switch (type) {
            case REQUESTED -> "put back";
            case REFUSED -> "refused again";
            case UNKNOWN, REPAIRED, DELIVERED, WRITTEN, SUPERSEDED, HANDLED, DROPPED ->
                type.name().toLowerCase(Locale.ROOT);
        };
    }

    static String line(DeadLetterEvent event) {
        return event.getAt() + "  " + result(event.getType()) + " by " + TerminalText.of(event.getBy())
                + (event.getDetail().isEmpty() ? "" : ": " + TerminalText.of(event.getDetail()));
    }
}

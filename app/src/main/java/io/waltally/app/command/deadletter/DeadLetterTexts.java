package io.waltally.app.command.deadletter;

import io.waltally.app.command.common.TerminalText;
import io.waltally.app.deadletter.DeadLetterHistory;
import io.waltally.schemas.Counted;
import io.waltally.schemas.control.DeadLetterEvent;

/** Formats dead letters and their events for command output. */
final class DeadLetterTexts {
    private DeadLetterTexts() {}

    static String count(long number) {
        return Counted.of(number, "dead letter");
    }

    static String line(DeadLetterEvent event) {
        return event.getAt() + "  " + DeadLetterHistory.word(event.getType()) + " by " + TerminalText.of(event.getBy())
                + (event.getDetail().isEmpty() ? "" : ": " + TerminalText.of(event.getDetail()));
    }
}

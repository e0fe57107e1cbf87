package io.waltally.app.command.webhook;

import io.waltally.app.config.reading.Suggestions;
import io.waltally.schemas.NotificationType;
import io.waltally.schemas.event.EventType;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Finds types of notifications by the names that a command was given. */
final class EventTypeNames {
    private EventTypeNames() {}

    /** @throws ParameterException if no notification is of such a type */
    static EventType require(CommandSpec spec, String name) {
        List<String> names = Arrays.stream(NotificationType.values())
                .map(NotificationType::id)
                .toList();
        return NotificationType.of(name)
                .map(EventType::of)
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(),
                        "no notification is of type \"" + name + "\"; " + Suggestions.hint(name, names)));
    }
}

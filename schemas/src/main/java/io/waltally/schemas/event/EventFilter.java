package io.waltally.schemas.event;

import io.waltally.schemas.NotificationType;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Selects the notifications that a receiver wants.
 *
 * @param patterns of types: {@code *}, a whole type, or a prefix followed by {@code *}
 * @param subjectPrefix prefix of the subjects of object events; other events pass with any subject
 */
public record EventFilter(List<String> patterns, String subjectPrefix) {
    private static final String ANY = "*";

    /**
     * @throws IllegalArgumentException if there is no pattern, or if a pattern has its {@code *} elsewhere than at its
     *     end, or matches no existing type
     */
    public EventFilter {
        patterns = List.copyOf(patterns);
        if (patterns.isEmpty()) {
            throw new IllegalArgumentException("must hold a pattern; leave it out for all events");
        }
        for (String pattern : patterns) {
            if (pattern.isBlank() || (pattern.contains(ANY) && pattern.indexOf(ANY) < pattern.length() - 1)) {
                throw new IllegalArgumentException(
                        "must be *, a type such as backend.removed, or the beginning of types such as s3:ObjectCreated:*");
            }
            if (types().noneMatch(type -> matches(pattern, type))) {
                throw new IllegalArgumentException(
                        "holds \"" + pattern + "\", and no notification is of such a type: there are "
                                + types().collect(Collectors.joining(", ")));
            }
        }
    }

    /** Whether a receiver wants an event of this type and subject. */
    public boolean accepts(String type, Optional<String> subject) {
        return patterns.stream().anyMatch(pattern -> matches(pattern, type))
                && (!isAboutObject(type) || subject.orElse("").startsWith(subjectPrefix));
    }

    private static boolean matches(String pattern, String type) {
        return pattern.endsWith(ANY)
                ? type.startsWith(pattern.substring(0, pattern.length() - ANY.length()))
                : type.equals(pattern);
    }

    private static Stream<String> types() {
        return Arrays.stream(NotificationType.values()).map(NotificationType::id);
    }

    private static boolean isAboutObject(String type) {
        return NotificationType.of(type).filter(NotificationType::isAboutObject).isPresent();
    }
}

package io.waltally.webhooks.event;

import java.util.List;

/**
 * Which events an endpoint wants.
 *
 * @param patterns of types: {@code *}, a whole type, or the beginning of types and a {@code *}
 * @param subjectPrefix of what happened to objects; other events are wanted whatever they are about
 */
public record EventFilter(List<String> patterns, String subjectPrefix) {
    private static final String ANY = "*";
    private static final List<String> ABOUT_OBJECTS = List.of("s3:", "object.");

    /** @throws IllegalArgumentException if there is no pattern, or one has its {@code *} elsewhere than at its end */
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
        }
    }

    public boolean accepts(OutboxEvent event) {
        return patterns.stream().anyMatch(pattern -> matches(pattern, event.type()))
                && (!isAboutObject(event.type()) || event.subject().orElse("").startsWith(subjectPrefix));
    }

    private static boolean matches(String pattern, String type) {
        return pattern.endsWith(ANY)
                ? type.startsWith(pattern.substring(0, pattern.length() - ANY.length()))
                : type.equals(pattern);
    }

    private static boolean isAboutObject(String type) {
        return ABOUT_OBJECTS.stream().anyMatch(type::startsWith);
    }
}

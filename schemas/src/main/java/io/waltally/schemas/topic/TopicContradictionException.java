package io.waltally.schemas.topic;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Existing topics differ from the catalogue, so that their use could misroute rows or lose history. */
public final class TopicContradictionException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Topics with the same difference that are listed: all cdc topics. */
    private static final int MAX_LISTED = 12;

    /** @param contradictions states that {@link TopicState#contradicts} */
    public TopicContradictionException(List<TopicState> contradictions) {
        super(message(contradictions));
    }

    private static String message(List<TopicState> contradictions) {
        Map<String, List<String>> topics = new LinkedHashMap<>();
        boolean alterable = false;
        boolean permanent = false;
        for (TopicState state : contradictions) {
            String name = state.topic().name();
            if (!state.exists()) {
                add(topics, "does not exist", name);
            }
            for (PropertyState property : state.differing(DeviationSeverity.BREAKING)) {
                add(topics, property.toString(), name);
                alterable |= property.isAlterable();
                permanent |= !property.isAlterable();
            }
        }
        List<String> lines = new ArrayList<>();
        lines.add("topics differ from the configuration in what guarantees depend on:");
        topics.forEach((difference, names) -> {
            names.stream().limit(MAX_LISTED).forEach(name -> lines.add("  " + name + ": " + difference));
            if (names.size() > MAX_LISTED) {
                lines.add("  " + (names.size() - MAX_LISTED) + " more: " + difference);
            }
        });
        if (alterable) {
            lines.add("'waltally topics alter' changes them as configured; with --dry-run it only shows how");
        }
        if (permanent) {
            lines.add("partitions cannot be changed in place; 'waltally topics alter --dry-run' says what to do");
        }
        return String.join(System.lineSeparator(), lines);
    }

    private static void add(Map<String, List<String>> topics, String difference, String name) {
        topics.computeIfAbsent(difference, added -> new ArrayList<>()).add(name);
    }
}

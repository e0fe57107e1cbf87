package io.waltally.app.config.reading;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Suggests names for a mistyped one. */
public final class Suggestions {
    /** With two edits, a shorter word becomes any other. */
    private static final int SHORT = 5;

    private Suggestions() {}

    /** Suggests the known name nearest to an unknown one, or lists all of them. */
    public static String hint(String word, Collection<String> known) {
        return nearest(word, known)
                .map(meant -> "did you mean " + meant + "?")
                .orElseGet(() -> "there are " + String.join(", ", known));
    }

    /** The candidate with the fewest edits, if they are few for the length of the name. */
    public static Optional<String> nearest(String word, Collection<String> candidates) {
        return candidates.stream()
                .filter(candidate -> edits(word, candidate) <= tolerated(word))
                .min(Comparator.comparingInt(candidate -> edits(word, candidate)));
    }

    private static int tolerated(String word) {
        return word.length() < SHORT ? 1 : Math.max(2, word.length() / 5);
    }

    /** Levenshtein distance. */
    private static int edits(String from, String to) {
        int[] previous = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int[] current = new int[to.length() + 1];
            current[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = previous[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replaced, 1 + Math.min(previous[j], current[j - 1]));
            }
            previous = current;
        }
        return previous[to.length()];
    }
}

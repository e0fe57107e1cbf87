package io.waltally.bench.pipeline;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Times from a crash to the first change after it.
 *
 * @param table whose rows existed before
 * @param millis by the part that crashed, in the order of the crashes
 */
public record RecoveryResult(String table, int rows, Map<String, List<Long>> millis) {
    public RecoveryResult {
        millis = new LinkedHashMap<>(millis);
    }

    /** Formats the result for a terminal. */
    public String text() {
        StringBuilder text = new StringBuilder();
        text.append(String.format(Locale.ROOT, "%,d rows of %s%n%n", rows, table));
        text.append(
                String.format(Locale.ROOT, "%-28s%10s%10s%10s%n", "ms until it continues", "least", "median", "most"));
        millis.forEach((name, times) -> {
            List<Long> sorted = times.stream().sorted().toList();
            text.append(String.format(
                    Locale.ROOT,
                    "%-28s%,10d%,10d%,10d%n",
                    name,
                    sorted.get(0),
                    sorted.get(sorted.size() / 2),
                    sorted.get(sorted.size() - 1)));
        });
        return text.toString();
    }
}

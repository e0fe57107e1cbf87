package io.waltally.app.config.reading;

import io.waltally.app.config.reading.Origin.Layer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Collects the errors of a configuration. Keeps only the first error of a key and its section, because later ones may
 * follow from it.
 */
public final class Problems {
    private record Problem(ConfigException error, Origin origin) {
        int line() {
            return origin.layer() == Layer.FILE ? origin.line() : Integer.MAX_VALUE;
        }

        String described() {
            return switch (origin.layer()) {
                case FILE -> "line " + origin.line() + ": " + error.getMessage();
                case ENVIRONMENT -> origin.name() + ": " + error.getMessage();
                case DEFAULT, FLAG -> error.getMessage();
            };
        }
    }

    private final List<Problem> problems = new ArrayList<>();

    public void add(ConfigException error, Origin origin) {
        if (isFree(error.key())) {
            problems.add(new Problem(error, origin));
        }
    }

    /** Whether no error is known of the key, of what is in it, and of what it is in. */
    boolean isFree(String key) {
        return problems.stream()
                .map(problem -> problem.error().key())
                .noneMatch(other -> Keys.within(other, key) || Keys.within(key, other));
    }

    /** @throws ConfigException with all errors, in the order of the file */
    void throwIfAny(Optional<Path> file) {
        if (problems.isEmpty()) {
            return;
        }
        List<Problem> sorted =
                problems.stream().sorted(Comparator.comparingInt(Problem::line)).toList();
        Problem first = sorted.get(0);
        if (sorted.size() == 1) {
            throw first.origin().layer() == Layer.FILE
                    ? ConfigException.stated(
                            first.error().key(),
                            first.origin().location() + ": " + first.error().getMessage())
                    : ConfigException.stated(first.error().key(), first.described());
        }
        String where = file.map(Path::toString).orElse("configuration");
        throw ConfigException.stated(
                first.error().key(),
                sorted.stream()
                        .map(Problem::described)
                        .collect(Collectors.joining("\n  ", where + ": " + sorted.size() + " errors\n  ", "")));
    }
}

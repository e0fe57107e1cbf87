package io.waltally.app.run.state;

import io.waltally.app.config.reading.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Checks the directory of state stores, and creates nothing. */
public final class StateDirectory {
    static final String KEY = "streams.state-directory";

    private StateDirectory() {}

    /** The reason why the directory cannot be created or written; empty if it can. */
    public static Optional<String> problem(Path directory) {
        Path existing = nearestExisting(directory);
        if (!Files.isDirectory(existing)) {
            return Optional.of(existing + " is not a directory");
        }
        return Files.isWritable(existing) && Files.isExecutable(existing)
                ? Optional.empty()
                : Optional.of("this user may not write " + existing);
    }

    /** The directory itself, or the part of its path that exists. */
    public static Path nearestExisting(Path directory) {
        Path existing = directory.toAbsolutePath().normalize();
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        return existing;
    }

    /** @throws ConfigException if the directory cannot be created or written */
    public static void requireWritable(Path directory) {
        problem(directory).ifPresent(problem -> {
            throw unusable(directory, problem);
        });
    }

    static ConfigException unusable(Path directory, String problem) {
        return new ConfigException(
                KEY,
                directory.toString(),
                "cannot be used: " + problem + "; give each process a directory that it may write");
    }
}

package io.waltally.embedded.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The process that last used a data directory, identified by its pid file. After {@code kill -9} of its parent it
 * needs a moment to end; a new server waits for it instead of failing on a lock or a port in use.
 */
public final class PreviousProcess {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private PreviousProcess() {}

    /**
     * Returns when the process has ended, or after five seconds: then the start reports what is in its way.
     *
     * @param idFile has the process id in its first line; may be absent
     * @param program part of the path of the executable, because another process may have the id by now
     */
    public static void awaitEnd(Path idFile, String program) {
        try {
            read(idFile)
                    .flatMap(ProcessHandle::of)
                    .filter(process -> mayBe(program, process))
                    .ifPresent(process -> process.onExit()
                            .completeOnTimeout(process, TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                            .join());
        } catch (IllegalStateException current) {
            // The id is that of this JVM: nothing to wait for.
        }
    }

    /** An ending process has no executable any more, but may still have its port. */
    private static boolean mayBe(String program, ProcessHandle process) {
        return process.info().command().map(path -> path.contains(program)).orElse(true);
    }

    public static void record(Path idFile, long pid) {
        try {
            Files.writeString(idFile, pid + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + idFile + ": " + e.getMessage(), e);
        }
    }

    private static Optional<Long> read(Path idFile) {
        try {
            List<String> lines = Files.readAllLines(idFile);
            return lines.isEmpty()
                    ? Optional.empty()
                    : Optional.of(Long.parseLong(lines.get(0).strip()));
        } catch (NoSuchFileException | NumberFormatException unknown) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + idFile + ": " + e.getMessage(), e);
        }
    }
}

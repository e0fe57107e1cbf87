package io.waltally.embedded;

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
 * The process that used a data directory before this one, known by the file in which it left its id. After {@code
 * kill -9} of its parent its guard ends it, which takes a moment; whoever starts again at once waits for it, instead
 * of finding its directory locked and its port taken.
 */
final class PreviousProcess {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private PreviousProcess() {}

    /**
     * Returns when the process has ended, or after five seconds: then the start itself tells what is in its way.
     *
     * @param idFile holds the process id in its first line; it may be absent
     * @param program part of the path of its executable, since another process may have the id by now
     */
    static void awaitEnd(Path idFile, String program) {
        try {
            read(idFile)
                    .flatMap(ProcessHandle::of)
                    .filter(process -> mayBe(program, process))
                    .ifPresent(process -> process.onExit()
                            .completeOnTimeout(process, PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                            .join());
        } catch (IllegalStateException current) {
            // The id is this JVM's own: nothing to wait for.
        }
    }

    /** A process that is just ending has no executable any more, but may still have its port. */
    private static boolean mayBe(String program, ProcessHandle process) {
        return process.info().command().map(path -> path.contains(program)).orElse(true);
    }

    static void record(Path idFile, long pid) {
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

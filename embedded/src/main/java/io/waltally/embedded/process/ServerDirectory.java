package io.waltally.embedded.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of one server, permanent or temporary. A temporary one is removed by {@link #close()}; if this JVM ends
 * without it, a shell removes it that waits on a pipe, as {@link ChildProcess}'s guard does.
 */
public final class ServerDirectory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServerDirectory.class);

    /** Retries for ten seconds, because an ending server may still write. */
    private static final String SWEEPER = """
            trap '' HUP INT QUIT TERM
            cat >/dev/null
            tries=0
            while [ -d "$1" ] && [ $tries -lt 50 ]; do
                rm -rf "$1" || sleep 0.2
                tries=$((tries + 1))
            done
            """;

    private final Path path;
    private final Optional<Process> sweeper;

    private ServerDirectory(Path path, Optional<Process> sweeper) {
        this.path = path;
        this.sweeper = sweeper;
    }

    /** The given directory, created if it does not exist, or a temporary one named after the service. */
    public static ServerDirectory open(String service, Optional<Path> given) {
        try {
            if (given.isPresent()) {
                return new ServerDirectory(
                        Files.createDirectories(given.get().toAbsolutePath().normalize()), Optional.empty());
            }
            Path temporary = Files.createTempDirectory(
                    "waltally-" + service.toLowerCase(Locale.ROOT).replace(' ', '-') + "-");
            Process sweeper = new ProcessBuilder("/bin/sh", "-c", SWEEPER, "waltally-sweeper", temporary.toString())
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return new ServerDirectory(temporary, Optional.of(sweeper));
        } catch (IOException e) {
            throw new UncheckedIOException("no directory for " + service + ": " + e.getMessage(), e);
        }
    }

    public Path path() {
        return path;
    }

    public boolean isTemporary() {
        return sweeper.isPresent();
    }

    @Override
    public void close() {
        if (sweeper.isEmpty()) {
            return;
        }
        deleteTree(path);
        try {
            sweeper.get().getOutputStream().close();
        } catch (IOException alreadyGone) {
            LOG.debug("the sweeper of {} is gone already", path);
        }
        sweeper.get().onExit().join();
    }

    public static void deleteTree(Path root) {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(root)) {
            List<Path> leavesFirst = tree.sorted(Comparator.reverseOrder()).toList();
            for (Path entry : leavesFirst) {
                Files.deleteIfExists(entry);
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("{} could not be removed whole; its sweeper tries again", root, e);
        }
    }
}

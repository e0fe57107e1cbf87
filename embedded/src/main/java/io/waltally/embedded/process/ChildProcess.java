package io.waltally.embedded.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server in a child process, which ends with this JVM, however this JVM ends.
 *
 * <p>The process is the server itself, in its own session: Ctrl-C in a terminal reaches this JVM only, which then stops
 * the servers in order. A shell reads a pipe whose other end this JVM holds. When this JVM dies the pipe is closed, and
 * the shell kills the server. It needs only a POSIX shell.
 */
public final class ChildProcess {
    /** The action of the guard when the pipe is closed. */
    public enum LastSignal {
        /** For PostgreSQL: the postmaster stops its children, which SIGKILL would leave behind for a moment. */
        QUIT,
        KILL
    }

    private static final Logger LOG = LoggerFactory.getLogger(ChildProcess.class);

    /**
     * The pipe is descriptor 3, because a background command has no standard input. The guard's own output is closed,
     * so that it does not keep the server's pipe open. A line on the pipe is a signal to forward.
     */
    private static final String GUARD = """
            last=$1
            shift
            exec 3<&0
            (
                trap '' HUP INT QUIT TERM
                while read -r signal; do kill -s "$signal" $$; done
                kill -s "$last" $$
            ) <&3 3<&- >/dev/null 2>&1 &
            exec 3<&- </dev/null
            if command -v setsid >/dev/null; then exec setsid "$@"; fi
            if command -v perl >/dev/null; then exec perl -MPOSIX -e 'POSIX::setsid(); exec { $ARGV[0] } @ARGV' "$@"; fi
            exec "$@"
            """;

    private static final Duration KILL_TIMEOUT = Duration.ofSeconds(5);
    private static final int LINES_KEPT = 200;
    private static final int LINES_SHOWN = 15;

    private final String service;
    private final Process process;
    private final Deque<String> lastLines = new ArrayDeque<>();
    private final Thread outputReader;

    private ChildProcess(String service, Process process) {
        this.service = service;
        this.process = process;
        this.outputReader = new Thread(this::readOutput, "output-of-" + service.replace(' ', '-'));
        outputReader.setDaemon(true);
        outputReader.start();
    }

    public static ChildProcess start(
            String service, LastSignal lastSignal, Path workingDirectory, List<String> command) {
        List<String> guarded = new ArrayList<>(List.of("/bin/sh", "-c", GUARD, "waltally-guard", lastSignal.name()));
        guarded.addAll(command);
        try {
            Process process = new ProcessBuilder(guarded)
                    .directory(workingDirectory.toFile())
                    .redirectErrorStream(true)
                    .start();
            return new ChildProcess(service, process);
        } catch (IOException e) {
            throw new EmbeddedServerException(service + " could not be started: " + e.getMessage(), e);
        }
    }

    /**
     * Runs a program until it ends.
     *
     * @throws EmbeddedServerException with the last lines of its output, if it fails or times out
     */
    public static void run(String program, Path workingDirectory, List<String> command, Duration timeout) {
        ChildProcess child = start(program, LastSignal.KILL, workingDirectory, command);
        try {
            if (!child.process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new EmbeddedServerException(
                        program + " did not end within " + timeout.toSeconds() + " s" + child.outputTail());
            }
            child.outputReader.join(1_000);
            if (child.process.exitValue() != 0) {
                throw new EmbeddedServerException(
                        program + " failed with status " + child.process.exitValue() + child.outputTail());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EmbeddedServerException("interrupted while " + program + " was running", e);
        } finally {
            child.kill();
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Whether one of the last lines of output contains the text. */
    public boolean hasPrinted(String text) {
        synchronized (lastLines) {
            return lastLines.stream().anyMatch(line -> line.contains(text));
        }
    }

    /**
     * Waits until the server is ready; stops it on failure.
     *
     * @throws EmbeddedServerException with the last lines of its output, if it ends or times out
     */
    public void awaitReady(BooleanSupplier ready, Duration timeout) {
        try {
            poll(ready, timeout);
        } catch (RuntimeException | Error e) {
            kill();
            throw e;
        }
    }

    private void poll(BooleanSupplier ready, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        try {
            while (!ready.getAsBoolean()) {
                if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
                    outputReader.join(1_000);
                    throw new EmbeddedServerException(
                            service + " ended while starting, with status " + process.exitValue() + outputTail());
                }
                if (System.nanoTime() > deadline) {
                    throw new EmbeddedServerException(
                            service + " was not ready within " + timeout.toSeconds() + " s" + outputTail());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EmbeddedServerException("interrupted while " + service + " was starting", e);
        }
    }

    /** Sends the signal, waits, and kills remaining processes after the timeout. */
    public void stop(String signal, Duration timeout) {
        List<ProcessHandle> descendants = process.descendants().toList();
        try {
            process.getOutputStream().write((signal + "\n").getBytes(StandardCharsets.US_ASCII));
            process.getOutputStream().flush();
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("{} did not stop within {} s and is killed", service, timeout.toSeconds());
            }
        } catch (IOException alreadyGone) {
            LOG.debug("{} is gone already", service);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        kill(descendants);
    }

    /** Sends SIGKILL to the server, its children and the guard; returns when they are gone. */
    public void kill() {
        // Listed first: a dead process has no children any more.
        kill(process.descendants().toList());
    }

    private void kill(List<ProcessHandle> descendants) {
        process.destroyForcibly();
        process.onExit().join();
        descendants.forEach(ProcessHandle::destroyForcibly);
        awaitGone(descendants);
    }

    private static void awaitGone(List<ProcessHandle> processes) {
        long deadline = System.nanoTime() + KILL_TIMEOUT.toNanos();
        try {
            while (!processes.stream().allMatch(ChildProcess::isGone) && System.nanoTime() < deadline) {
                TimeUnit.MILLISECONDS.sleep(5);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A zombie counts as gone: it has no executable. In a container it may never be reaped. */
    public static boolean isGone(ProcessHandle process) {
        return !process.isAlive() || process.info().command().isEmpty();
    }

    private String outputTail() {
        synchronized (lastLines) {
            if (lastLines.isEmpty()) {
                return ", without a word";
            }
            List<String> lines = new ArrayList<>(lastLines);
            return ":\n  " + String.join("\n  ", lines.subList(Math.max(0, lines.size() - LINES_SHOWN), lines.size()));
        }
    }

    private void readOutput() {
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                LOG.debug("{}: {}", service, line);
                synchronized (lastLines) {
                    if (lastLines.size() == LINES_KEPT) {
                        lastLines.removeFirst();
                    }
                    lastLines.addLast(line);
                }
            }
        } catch (IOException | UncheckedIOException closed) {
            LOG.debug("output of {} closed", service);
        }
    }
}

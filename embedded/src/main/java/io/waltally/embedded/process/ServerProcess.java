package io.waltally.embedded.process;

import java.time.Duration;

/** A server in a child process, with a directory and a port that it keeps across restarts. */
public abstract class ServerProcess implements AutoCloseable {
    private final String service;
    private final ServerDirectory directory;
    private final int port;
    private final String stopSignal;
    private final Duration stopTimeout;
    private ChildProcess process;

    /**
     * @param service name for messages
     * @param stopSignal for an orderly stop
     */
    protected ServerProcess(
            String service, ServerDirectory directory, int port, String stopSignal, Duration stopTimeout) {
        this.service = service;
        this.directory = directory;
        this.port = port;
        this.stopSignal = stopSignal;
        this.stopTimeout = stopTimeout;
    }

    /** Starts the process, and returns when the server is ready. */
    protected abstract ChildProcess launch();

    /** Ends the process; its data is about to be removed. */
    protected void discard(ChildProcess running) {
        running.kill();
    }

    /** To be called at the end of the constructor. */
    protected final void begin() {
        process = launch();
    }

    protected final ServerDirectory directory() {
        return directory;
    }

    protected final int port() {
        return port;
    }

    public final boolean isRunning() {
        return process.isAlive();
    }

    public final long pid() {
        return process.pid();
    }

    /** Stops the server in order; data and port stay reserved for {@link #restart()}. */
    public final synchronized void stop() {
        process.stop(stopSignal, stopTimeout);
    }

    /** Crashes the server by SIGKILL to all its processes. Returns when they are gone. */
    public final synchronized void kill() {
        process.kill();
    }

    /** Starts again with the same port, and the same data unless it was in memory; stops a running server first. */
    public final synchronized void restart() {
        stop();
        process = Ports.listening(service, port, samePort -> launch());
    }

    /** Stops the server and removes temporary data. */
    @Override
    public final synchronized void close() {
        if (directory.isTemporary()) {
            discard(process);
        } else {
            stop();
        }
        directory.close();
    }
}

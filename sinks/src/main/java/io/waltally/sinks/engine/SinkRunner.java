package io.waltally.sinks.engine;

import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.waltally.schemas.CloseSignal;
import io.waltally.schemas.control.SinkControl;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.sinks.control.SinkControls;
import io.waltally.sinks.target.Target;
import io.waltally.sinks.target.TargetException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Runs one sink, with its own thread, consumers and target, so that sinks do not affect each other. Restarts after any
 * failure, from the positions in the target.
 */
public final class SinkRunner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SinkRunner.class);

    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration STOP = Duration.ofSeconds(8);
    private static final long PUBLISHING_NANOS = Duration.ofMillis(200).toNanos();

    private final Sink sink;
    private final TopicCatalogue topics;
    private final Map<String, Object> client;
    private final SinkConsumers consumers;
    private final SinkControls controls;
    private final SinkDeadLetters deadLetters;
    private final SinkMeasures measures = new SinkMeasures();
    private final CloseSignal closing = new CloseSignal();
    private final Thread thread;
    private final LagObserver lag;
    private final RetryPolicy retries = new RetryPolicy();
    private volatile RunState runState = new RunState(SinkStatus.State.STARTING, Optional.empty());
    private Optional<String> reported = Optional.empty();
    private Optional<String> lacking = Optional.empty();
    private long published;
    private long batchesBeforeFailure;

    private record RunState(SinkStatus.State state, Optional<String> reason) {}

    /**
     * @param groupPrefix the consumer group is named by it and the sink
     * @param client properties of Kafka's clients
     */
    public SinkRunner(
            Sink sink,
            String groupPrefix,
            TopicCatalogue topics,
            Map<String, Object> client,
            SinkControls controls,
            SinkDeadLetters deadLetters) {
        this.sink = sink;
        this.topics = topics;
        this.client = Map.copyOf(client);
        this.controls = controls;
        this.deadLetters = deadLetters;
        consumers = new SinkConsumers(client, groupPrefix);
        lag = new LagObserver(sink, consumers.group(sink), topics.sinkReplays().name(), client);
        thread = new Thread(this::run, "sink-" + sink.name());
    }

    public void start() {
        lag.start();
        thread.start();
    }

    private void run() {
        try {
            while (!closing.closedWithin(Duration.ZERO)) {
                if (!controls.await(LOOK)) {
                    continue;
                }
                SinkControl control = controls.of(sink.name());
                if (control.getPaused()) {
                    setRunState(SinkStatus.State.PAUSED, Optional.empty());
                    reported = Optional.empty();
                    closing.closedWithin(LOOK);
                    continue;
                }
                long before = measures.batches();
                try {
                    runSession(control);
                } catch (RuntimeException e) {
                    fail(e, measures.batches() > before).ifPresent(pause -> closedOrChanged(control, pause));
                }
            }
        } finally {
            setRunState(SinkStatus.State.STOPPED, Optional.empty());
            lag.close();
        }
    }

    private void runSession(SinkControl control) {
        try (Target target = sink.target().get();
                ReadTopics readTopics = new ReadTopics(client);
                Session session = open(target, readTopics, control)) {
            long opened = System.nanoTime();
            while (!closing.closedWithin(Duration.ZERO)
                    && controls.of(sink.name()).equals(control)) {
                session.step();
                publish(session, opened);
            }
        } finally {
            lag.sessionEnded();
        }
    }

    private Session open(Target target, ReadTopics readTopics, SinkControl control) {
        if (sink.input() instanceof SinkInput.Partitions partitions) {
            return new PartitionSession(
                    sink,
                    partitions,
                    topics.sinkReplays().name(),
                    target,
                    consumers,
                    readTopics,
                    control,
                    deadLetters,
                    retries.refusals(),
                    measures,
                    lag);
        }
        SinkInput.Transactions transactions = (SinkInput.Transactions) sink.input();
        return new TransactionSession(
                sink, transactions, topics, target, consumers, readTopics, control, deadLetters, measures, lag);
    }

    /** Shows a failure; returns how long to wait before the next attempt. */
    private Optional<Duration> fail(RuntimeException failure, boolean wrote) {
        TargetException.Kind kind =
                failure instanceof TargetException known ? known.kind() : TargetException.Kind.UNAVAILABLE;
        Optional<Duration> pause = retries.pauseAfter(kind, wrote, System.nanoTime());
        if (pause.isEmpty()) {
            LOG.info("sink {}: {}", sink, failure.getMessage());
            return pause;
        }
        measures.retried();
        batchesBeforeFailure = measures.batches();
        String reason = kind == TargetException.Kind.FENCED ? contested(failure) : innermost(failure);
        if (!reported.equals(Optional.of(reason))) {
            reported = Optional.of(reason);
            LOG.warn("sink {} tries again in {} ms: {}", sink, pause.get().toMillis(), reason);
        }
        LOG.debug("cause", failure);
        setRunState(
                kind == TargetException.Kind.UNAVAILABLE || kind == TargetException.Kind.FENCED
                        ? SinkStatus.State.WAITING
                        : SinkStatus.State.FAILED,
                Optional.of(reason));
        return pause;
    }

    /** Instances of one application share partitions, and fence each other only when these move. */
    private String contested(RuntimeException failure) {
        return ("another application seems to run a sink %s with the same target, %s, and each takes the partitions from"
                        + " the other: stop one of them, or give it another name and target (%s)")
                .formatted(sink, sink.destination(), failure.getMessage());
    }

    private static String innermost(Throwable failure) {
        Throwable cause = failure;
        while (!(cause instanceof TargetException) && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return hasSafeMessage(cause)
                ? cause.getMessage()
                : cause.getClass().getSimpleName() + " of a record; the log has more at level DEBUG";
    }

    /** Whether it is about servers, or from here. What else fails may quote values of rows, as of a number that is none. */
    private static boolean hasSafeMessage(Throwable cause) {
        StackTraceElement[] trace = cause.getStackTrace();
        boolean known = cause instanceof TargetException
                || cause instanceof KafkaException
                || cause instanceof IOException
                || cause instanceof RestClientException
                || (trace.length > 0 && trace[0].getClassName().startsWith("io.waltally."));
        return known && cause.getMessage() != null;
    }

    private void setRunState(SinkStatus.State state, Optional<String> reason) {
        runState = new RunState(state, reason);
    }

    private void publish(Session session, long opened) {
        if (session.active() && reported.isPresent()) {
            if (!hasRecovered(session, opened)) {
                return;
            }
            LOG.info("sink {} continues", sink);
            reported = Optional.empty();
        }
        long now = System.nanoTime();
        SinkStatus.State state = session.active() ? SinkStatus.State.RUNNING : SinkStatus.State.STANDBY;
        if (state != runState.state() || now - published >= PUBLISHING_NANOS) {
            long records = session.lag();
            lag.report(records, session.partitions());
            Optional<String> missingRows = session.missingRows();
            if (records == 0 && !missingRows.equals(lacking)) {
                lacking = missingRows;
                Level level = session.isBeingFilled() ? Level.INFO : Level.WARN;
                missingRows.ifPresent(reason -> LOG.atLevel(level).log("sink {}: {}", sink, reason));
            }
            runState = new RunState(state, missingRows);
            published = now;
        }
    }

    /** An attempt that has just begun may be about to fail as the one before. */
    private boolean hasRecovered(Session session, long opened) {
        long now = System.nanoTime();
        boolean goesOn = measures.batches() > batchesBeforeFailure || session.caughtUp();
        return (goesOn && !retries.isFutile(now)) || now - opened >= RetryPolicy.MAX_PAUSE.toNanos();
    }

    private void closedOrChanged(SinkControl control, Duration time) {
        long deadline = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < deadline
                && controls.of(sink.name()).equals(control)
                && !closing.closedWithin(LOOK.compareTo(time) < 0 ? LOOK : time)) {
            // Waits in parts, so that a request of an operator is seen.
        }
    }

    public SinkStatus status() {
        RunState now = runState;
        return new SinkStatus(
                sink.name(),
                sink.type(),
                sink.destination(),
                now.state(),
                now.reason(),
                measures.rows(),
                measures.rowsPerSecond(),
                measures.batches(),
                measures.lastBatch(),
                measures.retries(),
                measures.deadLetters(),
                lag.records(),
                lag.time(),
                measures.completeTo());
    }

    /** Begins no further transaction. */
    public void stop() {
        closing.close();
    }

    /** Waits for the transaction in progress, up to 8 seconds. */
    @Override
    public void close() {
        stop();
        try {
            thread.join(STOP.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

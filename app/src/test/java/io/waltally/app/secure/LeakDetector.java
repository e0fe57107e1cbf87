package io.waltally.app.secure;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.LoggerFactory;

/**
 * Looks for secrets in everything that is logged at DEBUG, whatever level the logger has, and in other texts. Left out are
 * loggers that no configuration can set to DEBUG.
 */
public final class LeakDetector extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    /** The embedded broker, and what clients say of every request, which takes most of the time of a test. */
    private static final List<String> QUIET = List.of(
            "org.apache.kafka.clients.NetworkClient",
            "org.apache.kafka.clients.consumer.internals",
            "org.apache.kafka.clients.producer.internals",
            "org.apache.kafka.common.metrics",
            "org.apache.kafka.streams.processor.internals",
            "kafka",
            "org.apache.kafka.controller",
            "org.apache.kafka.coordinator",
            "org.apache.kafka.image",
            "org.apache.kafka.metadata",
            "org.apache.kafka.raft",
            "org.apache.kafka.server",
            "org.apache.kafka.storage");

    private static final String NEVER_DEBUG = "org.eclipse.jetty";

    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Map<Logger, Level> levels = new HashMap<>();
    private final List<Appender<ILoggingEvent>> others = new ArrayList<>();
    private final Set<String> secrets;
    private final ConcurrentLinkedQueue<String> leaks = new ConcurrentLinkedQueue<>();
    private final AtomicLong messages = new AtomicLong();

    public LeakDetector(Collection<String> secrets) {
        this.secrets = Set.copyOf(secrets);
        start();
        for (Logger logger : root.getLoggerContext().getLoggerList()) {
            levels.put(logger, logger.getLevel());
            if (logger != root && !logger.getName().startsWith(NEVER_DEBUG)) {
                logger.setLevel(null);
            }
        }
        QUIET.forEach(name -> ((Logger) LoggerFactory.getLogger(name)).setLevel(Level.WARN));
        root.iteratorForAppenders().forEachRemaining(others::add);
        others.forEach(root::detachAppender);
        root.addAppender(this);
        root.setLevel(Level.DEBUG);
    }

    @Override
    protected void append(ILoggingEvent event) {
        messages.incrementAndGet();
        if (event.getLevel().isGreaterOrEqual(Level.WARN)
                || (event.getLoggerName().startsWith("io.waltally.") && event.getLevel() == Level.INFO)) {
            others.forEach(other -> other.doAppend(event));
        }
        check(event.getLoggerName(), event.getFormattedMessage());
        check(event.getLoggerName(), event.getMDCPropertyMap().toString());
        check(event.getLoggerName(), String.valueOf(event.getKeyValuePairs()));
        check(event.getLoggerName(), event.getThreadName());
        if (event.getThrowableProxy() instanceof ThrowableProxy logged) {
            check(event.getLoggerName(), logged.getThrowable());
        }
    }

    /** Checks a text. */
    public void check(String where, String text) {
        if (text != null) {
            secrets.stream().filter(text::contains).forEach(secret -> leaks.add(where + ": " + secret + " in " + text));
        }
    }

    /** Checks the messages of an exception, its causes and its suppressed exceptions. */
    public void check(String where, Throwable failure) {
        Set<Throwable> checked = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Throwable> waiting = new ArrayDeque<>(List.of(failure));
        while (!waiting.isEmpty()) {
            Throwable each = waiting.remove();
            if (checked.add(each)) {
                check(where, String.valueOf(each));
                waiting.addAll(List.of(each.getSuppressed()));
                Optional.ofNullable(each.getCause()).ifPresent(waiting::add);
            }
        }
    }

    public List<String> leaks() {
        return List.copyOf(leaks);
    }

    /** How many were logged. */
    public long messages() {
        return messages.get();
    }

    @Override
    public void close() {
        root.detachAppender(this);
        others.forEach(root::addAppender);
        QUIET.forEach(name -> ((Logger) LoggerFactory.getLogger(name)).setLevel(null));
        levels.forEach(Logger::setLevel);
    }
}

package io.waltally.app.local.demo;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import io.waltally.schemas.Counted;
import java.io.PrintWriter;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.LoggerFactory;

/** Takes the log off the terminal while the screen is in use, and prints its last warnings afterwards. */
final class DeferredWarnings implements AutoCloseable {
    private static final String CONSOLE = "stderr";
    private static final int KEPT = 20;

    private final PrintWriter err;
    private final Logger root;
    private final Appender<ILoggingEvent> console;
    private final Warnings warnings = new Warnings();

    DeferredWarnings(PrintWriter err) {
        this.err = err;
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        console = root.getAppender(CONSOLE);
        warnings.setContext(context);
        warnings.start();
        root.detachAppender(console);
        root.addAppender(warnings);
    }

    /** The first line of the last warning; empty if there was none. */
    String last() {
        return warnings.last();
    }

    /** Restores the log's previous output. */
    @Override
    public void close() {
        root.detachAppender(warnings);
        root.addAppender(console);
        warnings.stop();
        warnings.print(err);
    }

    private static final class Warnings extends AppenderBase<ILoggingEvent> {
        private final Deque<String> messages = new ArrayDeque<>();
        private long dropped;

        @Override
        protected synchronized void append(ILoggingEvent event) {
            if (!event.getLevel().isGreaterOrEqual(Level.WARN)) {
                return;
            }
            if (messages.size() == KEPT) {
                messages.removeFirst();
                dropped++;
            }
            messages.addLast(event.getFormattedMessage());
        }

        private synchronized String last() {
            String message = messages.peekLast();
            return message == null ? "" : message.lines().findFirst().orElse("");
        }

        private synchronized void print(PrintWriter err) {
            if (dropped > 0) {
                err.println(Counted.of(dropped, "earlier warning is", "earlier warnings are") + " not shown");
            }
            messages.forEach(message -> err.println("warning: " + message));
            err.flush();
        }
    }
}

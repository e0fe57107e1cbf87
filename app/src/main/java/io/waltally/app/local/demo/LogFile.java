package io.waltally.app.local.demo;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.FileAppender;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;

/** Redirects the log to a file while the screen is in use, and remembers the last warning. */
final class LogFile implements AutoCloseable {
    private static final String CONSOLE = "stderr";

    private final Path path;
    private final Logger root;
    private final Appender<ILoggingEvent> console;
    private final FileAppender<ILoggingEvent> file = new FileAppender<>();
    private final LastWarning warnings = new LastWarning();

    LogFile(Path path) {
        this.path = path;
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        console = root.getAppender(CONSOLE);

        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern("%d{HH:mm:ss.SSS} %-5level %-22logger{0} %msg%n%ex");
        encoder.start();
        file.setContext(context);
        file.setFile(path.toString());
        file.setEncoder(encoder);
        file.start();
        warnings.setContext(context);
        warnings.start();

        root.detachAppender(console);
        root.addAppender(file);
        root.addAppender(warnings);
    }

    Path path() {
        return path;
    }

    /** The last warning; empty if there was none. */
    String lastWarning() {
        return warnings.last;
    }

    /** Restores the log's previous output; the file stays. */
    @Override
    public void close() {
        root.detachAppender(file);
        root.detachAppender(warnings);
        root.addAppender(console);
        file.stop();
        warnings.stop();
    }

    private static final class LastWarning extends AppenderBase<ILoggingEvent> {
        private volatile String last = "";

        @Override
        protected void append(ILoggingEvent event) {
            if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
                last = event.getFormattedMessage().lines().findFirst().orElse("");
            }
        }
    }
}

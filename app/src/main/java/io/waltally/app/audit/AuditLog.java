package io.waltally.app.audit;

import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes actions of operators to the logger {@value #LOGGER}, at INFO. */
public final class AuditLog {
    public static final String LOGGER = "io.waltally.audit";

    private static final Logger LOG = LoggerFactory.getLogger(LOGGER);

    private AuditLog() {}

    public static void write(AuditEntry entry) {
        LOG.info("{}", entry.line());
    }

    /**
     * Performs what a command does to Kafka or PostgreSQL itself, and writes who did it and how it ended.
     *
     * @param command its name, such as {@code sinks pause}
     */
    public static <T> T call(String command, String target, Supplier<T> action) {
        String result = "failed";
        try {
            T value = action.get();
            result = "done";
            return value;
        } finally {
            write(new AuditEntry(System.getProperty("user.name"), command, target, result, "command line"));
        }
    }

    /** Like {@link #call}, for an action without a value. */
    public static void run(String command, String target, Runnable action) {
        call(command, target, () -> {
            action.run();
            return true;
        });
    }
}

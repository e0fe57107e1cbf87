package io.waltally.app.config.value;

import java.util.Map;

/** The environment variables that describe the terminal. */
public final class TerminalEnvironment {
    private TerminalEnvironment() {}

    /** Whether {@code NO_COLOR} is set, or the terminal has no colours. */
    public static boolean refusesColours() {
        return refusesColours(System.getenv());
    }

    static boolean refusesColours(Map<String, String> environment) {
        return !environment.getOrDefault("NO_COLOR", "").isEmpty() || "dumb".equals(environment.get("TERM"));
    }

    /** Whether {@code COLUMNS} or {@code LINES} is set, which then hold whatever the terminal is resized to. */
    public static boolean fixesSize() {
        return fixesSize(System.getenv());
    }

    static boolean fixesSize(Map<String, String> environment) {
        return !environment.getOrDefault("COLUMNS", "").isEmpty()
                || !environment.getOrDefault("LINES", "").isEmpty();
    }
}

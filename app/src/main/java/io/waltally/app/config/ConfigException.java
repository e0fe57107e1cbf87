package io.waltally.app.config;

import java.nio.file.Path;

/** An invalid value in the configuration. The message names key, value and rule, and is meant for the user. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String key;

    public ConfigException(String key, Object value, String rule) {
        super(key + " is " + quoted(value) + ": " + rule);
        this.key = key;
    }

    private ConfigException(String key, String message) {
        super(message);
        this.key = key;
    }

    private static String quoted(Object value) {
        return value instanceof CharSequence ? "\"" + value + "\"" : String.valueOf(value);
    }

    /** For a key that must be present or absent, or for a message that already names key and value. */
    public static ConfigException stated(String key, String message) {
        return new ConfigException(key, message);
    }

    /** The dotted path of the value. */
    public String key() {
        return key;
    }

    /** The same exception with the file name in front of the message, unless it is there already. */
    ConfigException in(Path file) {
        return getMessage().startsWith(file.toString()) ? this : new ConfigException(key, file + ": " + getMessage());
    }
}

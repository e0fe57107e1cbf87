package io.waltally.app.config;

import java.nio.file.Path;

/** A configured value that breaks a rule. The message names key, value and rule, fit to be shown to a person as it is. */
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

    /** For a key that must not be there, or must be there; or a rule that another part stated with key and value in it. */
    public static ConfigException stated(String key, String message) {
        return new ConfigException(key, message);
    }

    /** The dotted path of the value. */
    public String key() {
        return key;
    }

    /** The same, with the file that it is about in front, if the message does not begin with it anyway. */
    ConfigException in(Path file) {
        return getMessage().startsWith(file.toString()) ? this : new ConfigException(key, file + ": " + getMessage());
    }
}

package io.waltally.app.config.reading;

/**
 * One or more invalid values in the configuration. The message names key, value and rule of each, and is meant for the
 * user.
 */
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
        return value instanceof CharSequence text
                ? "\"" + Masking.withoutCredentials(text.toString()) + "\""
                : String.valueOf(value);
    }

    /** For a key that must be present or absent, or for a message that already names key and value. */
    public static ConfigException stated(String key, String message) {
        return new ConfigException(key, message);
    }

    /** For a message that begins with the name of a setting in the section: {@code max-attempts is 0: must be ...}. */
    public static ConfigException in(String section, IllegalArgumentException error) {
        return naming(section + "." + error.getMessage());
    }

    /** For a message that begins with the key. */
    public static ConfigException naming(String message) {
        return new ConfigException(message.split(" ", 2)[0], message);
    }

    /** The dotted path of the value; of several, of the first. */
    public String key() {
        return key;
    }
}

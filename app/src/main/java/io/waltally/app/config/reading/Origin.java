package io.waltally.app.config.reading;

import java.nio.file.Path;
import java.util.Locale;

/**
 * The origin of a value.
 *
 * @param name of the file or environment variable; empty for defaults and flags
 * @param line of the file, from 1; 0 if the value is from elsewhere
 */
public record Origin(Layer layer, String name, int line) {
    public static final Origin DEFAULT = new Origin(Layer.DEFAULT, "", 0);
    static final Origin FLAG = new Origin(Layer.FLAG, "", 0);

    /** The layers of a configuration. A later one takes precedence. */
    enum Layer {
        DEFAULT,
        FILE,
        ENVIRONMENT,
        FLAG;

        String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Origin file(Path file, int line) {
        return new Origin(Layer.FILE, file.toString(), line);
    }

    static Origin variable(String name) {
        return new Origin(Layer.ENVIRONMENT, name, 0);
    }

    boolean overrides(Origin other) {
        return layer.compareTo(other.layer) > 0;
    }

    /** {@code waltally.yml:3}, or the name of the variable; empty for defaults and flags. */
    String location() {
        return line == 0 ? name : name + ":" + line;
    }
}

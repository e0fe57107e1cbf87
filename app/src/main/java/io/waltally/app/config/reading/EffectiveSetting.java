package io.waltally.app.config.reading;

import java.util.Optional;

/**
 * A setting as it is in effect.
 *
 * @param value as it was written, or its default; without secrets; empty if it is not given and has no default
 * @param origin {@code default}, {@code file}, {@code environment} or {@code flag}
 * @param location file and line, or the name of the variable
 */
public record EffectiveSetting(String key, Optional<String> value, String origin, Optional<String> location) {
    /** Whether it has another value than its default, or the same one by choice. */
    public boolean given() {
        return !origin.equals("default");
    }
}

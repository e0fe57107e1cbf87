package io.waltally.connectors.capture.source;

import io.waltally.schemas.SchemaAddition;

/**
 * An addition to the application's schema that is not captured.
 *
 * @param exists whether the database has it, so that it is only not published
 */
public record MissingAddition(SchemaAddition addition, boolean exists) {
    /** The reason why it is not captured, and how that ends, as a clause. */
    public String reason() {
        return exists
                ? addition + " is not published until 'waltally migrate' has run"
                : "the application's schema does not have " + addition;
    }
}

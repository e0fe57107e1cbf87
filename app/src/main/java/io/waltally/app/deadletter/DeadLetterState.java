package io.waltally.app.deadletter;

import java.util.Locale;

/** The state of a dead letter. */
public enum DeadLetterState {
    /** No replay has taken effect and no operator has dropped it; a replay may be pending. */
    OPEN,
    /** A replay took effect, or something else made it unnecessary. */
    REPLAYED,
    /** An operator gave it up. */
    DROPPED;

    /** The name in commands and JSON. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }
}

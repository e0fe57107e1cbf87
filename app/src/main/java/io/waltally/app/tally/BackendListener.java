package io.waltally.app.tally;

import io.waltally.schemas.agg.BackendQuota;
import java.time.Instant;
import java.util.Optional;

/** Is given each tally of a backend as it is read from the topic, in the topic's order, from the reading thread. */
@FunctionalInterface
public interface BackendListener {
    BackendListener NONE = (backend, tally, time) -> {};

    /**
     * @param tally empty if it was deleted
     * @param time of the record
     */
    void accept(String backend, Optional<BackendQuota> tally, Instant time);
}

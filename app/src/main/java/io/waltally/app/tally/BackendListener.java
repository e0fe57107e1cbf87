package io.waltally.app.tally;

import io.waltally.schemas.agg.BackendQuota;
import java.time.Instant;
import java.util.Optional;

/** Receives each backend tally in topic order, on the reading thread. */
@FunctionalInterface
public interface BackendListener {
    BackendListener NONE = (backend, tally, time) -> {};

    /**
     * @param tally empty if it was deleted
     * @param time of the record
     */
    void accept(String backend, Optional<BackendQuota> tally, Instant time);
}

package io.waltally.app.http;

import io.waltally.schemas.Source;
import java.util.List;

/** What an operator may ask of the captures of this instance. */
public interface CaptureControl {
    /**
     * Goes on after a failure, or begins a new epoch.
     *
     * @param force whether a source that has not failed begins a new epoch all the same
     * @throws IllegalStateException if there is nothing to resume here
     */
    void resume(Source source, boolean newEpoch, boolean force);

    /**
     * Reads a table, or a range of its keys, again.
     *
     * @param from first values of the primary key, inclusive; empty: from the beginning
     * @param to first values of the primary key, exclusive; empty: to the end
     * @throws java.util.NoSuchElementException if the table is not captured
     * @throws IllegalArgumentException if the values are not a range of its key
     * @throws IllegalStateException if this instance is not streaming the source
     */
    void snapshot(Source source, String table, List<String> from, List<String> to);
}

package io.waltally.app.http.route;

import io.waltally.schemas.Source;
import java.util.List;

/** Operations on the captures of this instance. */
public interface CaptureOperations {
    /**
     * Resumes a capture after a failure, or begins a new epoch.
     *
     * @param force whether to begin a new epoch even if the source has not failed
     * @throws IllegalStateException if there is nothing to resume here
     */
    void resume(Source source, boolean newEpoch, boolean force);

    /**
     * Reads a table, or a range of its keys, again.
     *
     * @param from first values of the primary key, inclusive; empty: from the beginning
     * @param to first values of the primary key, exclusive; empty: to the end
     * @return the id of the request, by which the status names its end
     * @throws java.util.NoSuchElementException if the table is not captured
     * @throws IllegalArgumentException if the values are not a range of the table's key
     * @throws IllegalStateException if this instance is not streaming the source
     */
    String snapshot(Source source, String table, List<String> from, List<String> to);
}

package io.waltally.app.http.route;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** Queries of the history that this instance keeps in memory. */
public interface HistoryQueries {
    /** Row changes per second of each source that this instance captures, the earliest first. */
    ObjectNode rates();

    /** The storage of a backend, the earliest first. */
    ObjectNode backend(String name);
}

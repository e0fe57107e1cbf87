package io.waltally.connectors.capture.snapshot;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Accepted requests to read a table that have neither completed nor failed. They outlive the sessions of a capture: what
 * one session has not committed, the next one begins anew. Thread-safe.
 */
public final class SnapshotRequests {
    private final List<TableSnapshot> open = new CopyOnWriteArrayList<>();

    /** Accepts a request. Returns its id. */
    public String add(String table, List<String> from, List<String> to) {
        String id = UUID.randomUUID().toString();
        open.add(TableSnapshot.requested(id, table, from, to));
        return id;
    }

    List<TableSnapshot> open() {
        return open;
    }

    /** The request has completed or failed. */
    void end(String id) {
        open.removeIf(request -> request.request().orElseThrow().equals(id));
    }

    /** Gives all open requests up, and returns them. */
    public List<TableSnapshot> giveUp() {
        List<TableSnapshot> all = List.copyOf(open);
        open.removeAll(all);
        return all;
    }
}

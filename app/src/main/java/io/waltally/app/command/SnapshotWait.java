package io.waltally.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.UnansweredFailure;
import io.waltally.schemas.Counted;
import io.waltally.schemas.Source;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Follows a requested snapshot of a table in the status of an instance, and shows its progress. */
final class SnapshotWait {
    private static final long POLL_MILLIS = 500;

    private final String table;
    private final Source source;
    private final String instance;
    private final PrintWriter err;
    private String shown = "";

    SnapshotWait(String table, Source source, String instance, PrintWriter err) {
        this.table = table;
        this.source = source;
        this.instance = instance;
        this.err = err;
    }

    /**
     * Waits until the status says that the request has ended: a table that is not shown may be one that was lost.
     *
     * @param statuses asks the instance; empty if it has ended
     * @throws CommandFailure if the snapshot is not completed by this instance
     */
    void untilComplete(String id, Supplier<Optional<JsonNode>> statuses) throws InterruptedException {
        while (true) {
            try {
                JsonNode status = statuses.get()
                        .orElseThrow(() -> new CommandFailure("the instance at " + instance + " has ended. Another one"
                                + " goes on with the snapshot, if its reading had begun; 'waltally status' shows it"));
                if (isComplete(status.path("sources").path(source.id()), id)) {
                    return;
                }
            } catch (UnansweredFailure e) {
                show(e.getMessage() + "; waiting goes on");
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    private boolean isComplete(JsonNode capture, String id) {
        if (entry(capture.path("completed_snapshots"), id).isPresent()) {
            return true;
        }
        entry(capture.path("failed_snapshots"), id).ifPresent(failed -> {
            throw new CommandFailure("the snapshot of " + table + " failed, and streaming continues without it: "
                    + failed.path("reason").asText());
        });
        Optional<JsonNode> progress = entry(capture.path("snapshots"), id);
        String state = capture.path("state").asText();
        if (state.equals("failed")) {
            throw new CommandFailure("capture of " + source + " has stopped before the snapshot of " + table
                    + " was complete: " + capture.path("reason").asText());
        }
        if (progress.isEmpty() && !state.equals("starting")) {
            throw new CommandFailure("the instance at " + instance + " does not know the snapshot of " + table
                    + " any more (capture of " + source + " is " + state
                    + "): it was restarted, or another one captures. Ask again, unless 'waltally status' shows it");
        }
        show(progress.map(SnapshotWait::describe).orElse("capture of " + source + " starts again"));
        return false;
    }

    private void show(String line) {
        if (!line.equals(shown)) {
            err.println(line);
            shown = line;
        }
    }

    private static Optional<JsonNode> entry(JsonNode snapshots, String id) {
        for (JsonNode snapshot : snapshots) {
            if (snapshot.path("id").asText().equals(id)) {
                return Optional.of(snapshot);
            }
        }
        return Optional.empty();
    }

    private static String describe(JsonNode snapshot) {
        StringBuilder line = new StringBuilder(Counted.of(snapshot.path("rows").asLong(), "row"));
        if (snapshot.path("estimate").isNumber()) {
            line.append(" of about ").append(snapshot.path("estimate").asText());
        }
        if (snapshot.path("rows_per_second").isNumber()) {
            line.append(", ").append(snapshot.path("rows_per_second").asText()).append(" rows/s");
        }
        if (snapshot.path("seconds_left").isNumber()) {
            line.append(", ").append(snapshot.path("seconds_left").asText()).append(" s left");
        }
        return line.toString();
    }
}

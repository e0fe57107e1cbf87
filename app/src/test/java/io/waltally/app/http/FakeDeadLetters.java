package io.waltally.app.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waltally.app.deadletter.DeadLetterPage;
import io.waltally.app.deadletter.DeadLetterPosition;
import io.waltally.app.deadletter.DeadLetterStage;
import io.waltally.app.http.route.DeadLetterOperations;
import io.waltally.app.tally.Json;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A dead letter of the topologies, with id x, and those that a test adds. */
public final class FakeDeadLetters implements DeadLetterOperations {
    private static final String LETTER = """
            {"id": "x", "stage": "streams", "state": "open", "result": null, "replays": 0, "awaited_since": null,
            "endpoint": null, "sink": null, "source": "s3", "topic": "s3.public.object_locations", "partition": 0,
            "offset": 7, "key": {"object_key": "a/b"}, "event_type": null, "bucket": "a", "attempts": null,
            "time": "2026-11-28T12:00:00Z", "exception": "java.lang.IllegalArgumentException",
            "message": "unreadable", "attributed": true, "superseded_by": null,
            "headers": {"waltally.source": "s3"}, "value": {"op": "c", "size_bytes": 9007199254740993},
            "history": [{"at": "2026-11-28T12:00:01Z", "event": "put back", "by": "alice", "detail": ""}]}""";

    private static final Instant LATEST = Instant.parse("2026-11-28T12:00:00Z");

    final AtomicInteger changes = new AtomicInteger();

    /** What was asked for, in words. */
    public final List<String> requests = new CopyOnWriteArrayList<>();

    private final Map<DeadLetterPosition, ObjectNode> letters = new ConcurrentSkipListMap<>();

    FakeDeadLetters() {
        add(0, letter());
    }

    /** The letter x. */
    public static ObjectNode letter() {
        return (ObjectNode) Json.parse(LETTER);
    }

    /** @param age in milliseconds */
    public void add(long age, ObjectNode letter) {
        letters.put(new DeadLetterPosition(LATEST.toEpochMilli() - age, "dlq.streams", 0, letters.size()), letter);
    }

    @Override
    public Listing open(DeadLetterStage stage, Optional<DeadLetterPosition> after, int limit) {
        DeadLetterPage page =
                DeadLetterPage.of(stage == DeadLetterStage.STREAMS ? letters.keySet() : List.of(), after, limit);
        return new Listing(page.places().stream().map(letters::get).toList(), page.next());
    }

    @Override
    public int replay(Selection selection) {
        if (selection.stage() == DeadLetterStage.CAPTURE) {
            throw new IllegalStateException("dead letters of capture cannot be put back");
        }
        return change("replay", selection);
    }

    @Override
    public int drop(Selection selection, String reason) {
        return change("drop because of " + reason, selection);
    }

    private int change(String what, Selection selection) {
        if (!selection.ids().contains("x")) {
            throw new NoSuchElementException("none of these dead letters is open");
        }
        changes.incrementAndGet();
        requests.add(what + ": " + selection.stage().id() + " " + selection.ids());
        return 1;
    }
}

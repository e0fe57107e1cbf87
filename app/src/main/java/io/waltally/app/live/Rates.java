package io.waltally.app.live;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Row changes per second of each capture, since the previous call. */
final class Rates {
    private static final double NANOS_PER_SECOND = 1e9;

    private final Map<String, Long> before = new HashMap<>();
    private long beforeAt = System.nanoTime();

    ObjectNode next(List<LiveSources.CaptureRate> captures) {
        long now = System.nanoTime();
        double seconds = Math.max(1, now - beforeAt) / NANOS_PER_SECOND;
        beforeAt = now;
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("at", Instant.now().toString());
        ObjectNode sources = document.putObject("sources");
        for (LiveSources.CaptureRate capture : captures) {
            ObjectNode source = sources.putObject(capture.source());
            source.put("captured_lsn", capture.capturedLsn().orElse(null));
            source.put("applied_lsn", capture.appliedLsn().orElse(null));
            if (capture.changes().isPresent()) {
                long published = capture.changes().getAsLong();
                Long earlier = before.put(capture.source(), published);
                // A process that begins again counts from 0.
                long changes = earlier == null ? 0 : Math.max(0, published - earlier);
                source.put("rows_per_second", Math.round(changes / seconds * 10) / 10.0);
            } else {
                before.remove(capture.source());
                source.putNull("rows_per_second");
            }
        }
        return document;
    }
}

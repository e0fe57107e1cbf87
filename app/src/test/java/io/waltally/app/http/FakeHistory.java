package io.waltally.app.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waltally.app.http.route.HistoryQueries;

/** One sample of each figure. */
final class FakeHistory implements HistoryQueries {
    private static final String TIME = "2026-11-28T12:00:00Z";

    @Override
    public ObjectNode rates() {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        ObjectNode sample = document.putArray("items").addObject();
        sample.put("at", TIME);
        sample.putObject("sources")
                .putObject("s3")
                .put("captured_lsn", "0/10")
                .putNull("applied_lsn")
                .put("rows_per_second", 1.5);
        return document;
    }

    @Override
    public ObjectNode backend(String name) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("backend_name", name);
        document.putArray("items")
                .addObject()
                .put("at", TIME)
                .put("bytes_used", 1)
                .put("orphan_bytes", 2)
                .put("inflight_bytes", 3);
        return document;
    }
}

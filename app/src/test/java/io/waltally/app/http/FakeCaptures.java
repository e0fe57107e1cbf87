package io.waltally.app.http;

import io.waltally.app.http.route.CaptureOperations;
import io.waltally.schemas.Source;
import java.util.ArrayList;
import java.util.List;

/** Captures that record requests, and reject them if a test wants so. */
final class FakeCaptures implements CaptureOperations {
    final List<String> asked = new ArrayList<>();
    RuntimeException refusal;

    @Override
    public void resume(Source source, boolean newEpoch, boolean force) {
        ask("resume " + source + " " + newEpoch);
    }

    @Override
    public String snapshot(Source source, String table, List<String> from, List<String> to) {
        ask("snapshot " + source + " " + table + " " + from + " " + to);
        return "request-7";
    }

    private void ask(String what) {
        if (refusal != null) {
            throw refusal;
        }
        asked.add(what);
    }
}

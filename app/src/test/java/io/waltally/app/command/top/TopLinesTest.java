package io.waltally.app.command.top;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.tally.Json;
import io.waltally.app.terminal.Ansi;
import io.waltally.app.terminal.Layout;
import io.waltally.app.terminal.Screen;
import io.waltally.app.terminal.Terminal;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class TopLinesTest {
    private final Terminal terminal = new Terminal(true, 90, 40, true, false);
    private final LiveState state = new LiveState();

    private List<String> lines(String problem) {
        return new TopLines(new Layout(terminal))
                .of("http://127.0.0.1:8080", problem, state.snapshot(), 40).stream()
                        .map(terminal::cut)
                        .toList();
    }

    @Test
    void whatTheInstanceSaysIsShown() {
        state.backends(Json.parse("""
                [{"backend_name": "b", "bytes_used": 5, "orphan_bytes": 3, "bytes_limit": 10, "utilization": 0.8,
                "object_count": 1234}, {"backend_name": "gone"}]"""));
        state.event("status", Json.parse("""
                {"ready": false, "reasons": ["streams is starting"], "sources": {"s3": {"state": "streaming", "reason": null,
                "captured_lsn": "0/10", "applied_lsn": "0/8", "lag_bytes": 2048, "lag_seconds": 1.5,
                "slot": {"retained_bytes": 1048576, "seconds_left": 60}}},
                "stages": {"streams": {"state": "running", "lag": 7, "dead_letters": {"s3": {"total": 2}, "sync": {"total": 1}}}},
                "sinks": {"lake": {"state": "paused", "lag": null, "dead_letters": 0}}}"""));
        state.event("rates", Json.parse("""
                {"sources": {"s3": {"rows_per_second": 12.4, "captured_lsn": "0/20", "applied_lsn": null}}}"""));
        state.event("backends", Json.parse("{\"items\": [], \"gone\": [\"gone\"]}"));
        state.event("webhooks", Json.parse("{\"items\": [{\"delivered\": 9, \"lag\": 1, \"unfinished\": 2}]}"));
        state.event("notifications", Json.parse("""
                {"items": [{"time": "2026-11-28T12:00:00Z", "type": "s3:ObjectCreated:Put", "subject": "a/b",
                "data": {"bucket": "photos"}}]}"""));
        assertThat(String.join("\n", lines("")))
                .contains("not ready", "streams is starting", "captured 0/20  applied 0/8", "12 rows/s")
                .contains("2.0 KiB of WAL, 1.5 s", "1.0 MiB, 60.0 s left", "8 B / 10 B", "1,234 objects")
                .contains("9 delivered, 3 waiting", "s3:ObjectCreated:Put", "a/b photos")
                .containsPattern("streams +running +7 +3\n")
                .containsPattern("lake +paused +- +0\n")
                .doesNotContain("gone");
    }

    @Test
    void backendsAreMarkedFromTheThresholdOfTheInstanceOn() {
        state.backends(Json.parse("[{\"backend_name\": \"b\", \"bytes_limit\": 10, \"utilization\": 0.7}]"));
        assertThat(barColour()).as("by default").isEqualTo(Ansi.GREEN);
        state.instance(Json.parse("{\"capacity_threshold\": 0.6}"));
        assertThat(barColour()).isEqualTo(Ansi.YELLOW);
    }

    private String barColour() {
        String line = new TopLines(new Layout(terminal))
                .of("http://127.0.0.1:8080", "", state.snapshot(), 40).stream()
                        .filter(one -> one.contains(" 70 %"))
                        .findFirst()
                        .orElseThrow();
        return line.contains(Ansi.YELLOW) ? Ansi.YELLOW : line.contains(Ansi.GREEN) ? Ansi.GREEN : line;
    }

    @Test
    void textsOfTheInstanceDoNotReachTheTerminalAsTheyAre() {
        state.event("notifications", Json.parse("""
                {"items": [{"time": "never", "type": "t\\u001b[2J", "subject": "s\\u001b]0;x\\u0007\\nq", "data": {}}]}"""));
        assertThat(String.join("", lines("lost\u001b[1m"))).doesNotContain("\u001b", "\u0007", "\n");
    }

    @Test
    void ofALowTerminalEveryPartHasItsPlace() {
        state.event("status", Json.parse("""
                {"ready": true, "sources": {"s3": {"state": "streaming", "reason": null}, "sync": {"state": "streaming",
                "reason": null}}, "stages": {"streams": {"state": "running"}, "webhooks": {"state": "running"}}}"""));
        for (int i = 0; i < 10; i++) {
            state.event("backends", Json.parse("{\"items\": [{\"backend_name\": \"b" + i + "\"}], \"gone\": []}"));
            state.event("notifications", Json.parse("{\"items\": [{\"type\": \"t" + i + "\"}]}"));
        }
        assertThat(rows(40)).hasSizeBetween(25, 40).contains("");
        List<String> low = rows(24);
        assertThat(low).hasSizeLessThanOrEqualTo(24).doesNotContain("");
        assertThat(String.join("\n", low)).contains("s3  streaming", "sync  streaming", "streams", "b0", "t9");
        StringWriter out = new StringWriter();
        Terminal tiny = new Terminal(true, 90, 5, true, false);
        new Screen(new PrintWriter(out), tiny).show(rows(5));
        assertThat(out.toString().split("\r\n", -1))
                .as("without a line break that scrolls")
                .hasSize(5);
    }

    private List<String> rows(int rows) {
        return new TopLines(new Layout(terminal)).of("http://127.0.0.1:8080", "", state.snapshot(), rows);
    }

    @Test
    void beforeAnythingIsKnownThereAreHeadings() {
        assertThat(String.join("\n", lines(""))).contains("stages", "backends", "last notifications");
    }
}

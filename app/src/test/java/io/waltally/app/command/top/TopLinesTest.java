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
import java.util.concurrent.atomic.AtomicReference;
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
        new Screen(new PrintWriter(out)).show(rows(5), tiny);
        assertThat(out.toString().split("\r\n", -1))
                .as("without a line break that scrolls")
                .hasSize(5);
    }

    private List<String> rows(int rows) {
        return new TopLines(new Layout(terminal)).of("http://127.0.0.1:8080", "", state.snapshot(), rows);
    }

    @Test
    void aFrameFillsATerminalThatWasResizedAndLeavesNothingOver() {
        state.event("status", Json.parse("""
                {"ready": false, "reasons": ["streams is starting, and this sentence is longer than any terminal is wide, as it goes on"],
                "sources": {"s3": {"state": "streaming", "reason": null, "captured_lsn": "0/10", "lag_bytes": 2048},
                "sync": {"state": "failed", "reason": "\\u5199\\u771f\\u5199\\u771f\\u5199\\u771f\\u5199\\u771f\\u5199\\u771f"}},
                "stages": {"streams": {"state": "running", "lag": 7}}, "sinks": {"lake": {"state": "paused", "lag": null}}}"""));
        for (int i = 0; i < 10; i++) {
            state.event("backends", Json.parse("{\"items\": [{\"backend_name\": \"b" + i + "\"}], \"gone\": []}"));
            state.event("notifications", Json.parse("{\"items\": [{\"type\": \"t" + i + "\", \"subject\": \"s\"}]}"));
        }
        AtomicReference<Terminal> resized = new AtomicReference<>(terminal);
        StringWriter out = new StringWriter();
        TopDisplay display = new TopDisplay(new PrintWriter(out), resized::get, "http://127.0.0.1:8080");
        for (int[] size : new int[][] {{90, 40}, {20, 10}, {132, 50}, {20, 50}, {40, 3}, {200, 24}, {1, 1}, {80, 24}}) {
            // When
            Terminal now = terminal.resized(size[0], size[1]);
            resized.set(now);
            out.getBuffer().setLength(0);
            display.show("", state.snapshot());
            // Then
            List<String> frame = new TopLines(new Layout(now))
                    .of("http://127.0.0.1:8080", "", state.snapshot(), size[1]).stream()
                            .limit(size[1])
                            .map(now::cut)
                            .toList();
            String drawn = out.toString();
            assertThat(drawn).as("%d columns", size[0]).contains("\u001b[2J\u001b[H");
            assertThat(drawn.substring(drawn.indexOf("\u001b[H") + 3)
                            .replace("\r\n\u001b[J", "")
                            .split("\r\n", -1))
                    .as("%d columns", size[0])
                    .containsExactly(
                            frame.stream().map(line -> "\u001b[K" + line).toArray(String[]::new))
                    .allSatisfy(line -> assertThat(columns(line)).isLessThanOrEqualTo(size[0]));
        }
        // When the size stays
        out.getBuffer().setLength(0);
        display.show("", state.snapshot());
        // Then
        assertThat(out.toString()).startsWith("\u001b[H");
    }

    private static int columns(String line) {
        return line.replace("\u001b[K", "")
                .replaceAll("\\p{IsIdeographic}", "xx")
                .length();
    }

    @Test
    void beforeAnythingIsKnownThereAreHeadings() {
        assertThat(String.join("\n", lines(""))).contains("stages", "backends", "last notifications");
    }
}

package io.waltally.app.local.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.terminal.Terminal;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.LastChange;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DisplayTest {
    private static final long GIBIBYTE = 1L << 30;
    private static final LastChange CHANGE = new LastChange("s3", 0, 1L, 2L, Instant.EPOCH);

    private final DemoFrame frame = new DemoFrame(
            42,
            Duration.ofSeconds(15),
            Duration.ofSeconds(60),
            412.3,
            1834.2,
            500,
            12_288,
            340,
            85,
            240,
            0.6,
            new TreeMap<>(Map.of(
                    "backend-a",
                    new BackendQuota(5 * GIBIBYTE, 7L, GIBIBYTE, 0L, 10 * GIBIBYTE, 4 * GIBIBYTE, 0.6, CHANGE, false),
                    "archive",
                    new BackendQuota(GIBIBYTE, 3L, 0L, 0L, 0L, Long.MAX_VALUE, 0.0, CHANGE, false))),
            List.of(new DemoFrame.Collection("bookmarks", 12, 3400, 5_000)),
            List.of(new LiveTallies.Notification(Instant.EPOCH, "s3:ObjectCreated:Put", "photos/a.jpg", "bucket")),
            1_234);

    @Test
    void aBackendsBarShowsWhatIsUsedOrphanedAndFree() {
        Terminal terminal = new Terminal(true, 100, 40, true, true);
        TerminalDisplay display = new TerminalDisplay(new PrintWriter(new StringWriter()), () -> terminal, () -> "");
        List<String> lines = display.lines(frame, terminal).stream()
                .map(DisplayTest::withoutColour)
                .toList();
        assertThat(lines)
                .anySatisfy(line -> assertThat(line)
                        .contains("backend-a")
                        .contains("█".repeat(15) + "▒".repeat(3) + "░".repeat(12) + " ")
                        .contains("60 %")
                        .contains("6.0 GiB / 10.0 GiB"))
                .anySatisfy(line -> assertThat(line).contains("archive").contains("1.0 GiB / unlimited"))
                .anySatisfy(line -> assertThat(line).contains("bookmarks").contains("3,400"))
                .anySatisfy(line ->
                        assertThat(line).contains("s3:ObjectCreated:Put").contains("photos/a.jpg"))
                .anySatisfy(line -> assertThat(line).contains("1,234 delivered"))
                .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
    }

    @Test
    void aTerminalWithoutUnicodeGetsAscii() {
        Terminal terminal = new Terminal(true, 100, 40, false, true);
        TerminalDisplay display = new TerminalDisplay(new PrintWriter(new StringWriter()), () -> terminal, () -> "");
        assertThat(String.join("", display.lines(frame, terminal))).matches("\\p{ASCII}*");
    }

    @Test
    void linesAreCutToTheTerminalsWidthWithoutCountingColours() {
        Terminal terminal = new Terminal(true, 60, 40, true, true);
        assertThat(terminal.cut("\u001b[1m" + "x".repeat(70) + "\u001b[0m"))
                .isEqualTo("\u001b[1m" + "x".repeat(60) + "\u001b[0m");
    }

    @Test
    void charactersOfEastAsiaTakeTwoColumnsAndCombiningOnesNone() {
        Terminal terminal = new Terminal(true, 5, 40, true, true);
        assertThat(terminal.cut("\u5199\u771f\u5199\u771f")).isEqualTo("\u5199\u771f");
        assertThat(terminal.cut("a\u0308bcdef")).isEqualTo("a\u0308bcde");
    }

    @Test
    void aTerminalOfAnySizeIsFilled() {
        for (int columns = 1; columns <= 100; columns += 3) {
            Terminal terminal = new Terminal(true, columns, 40, true, true);
            TerminalDisplay display =
                    new TerminalDisplay(new PrintWriter(new StringWriter()), () -> terminal, () -> "");
            assertThat(display.lines(frame, terminal)).isNotEmpty();
        }
    }

    @Test
    void nothingIsCutAtEightyColumns() {
        Terminal terminal = new Terminal(true, 80, 40, true, true);
        TerminalDisplay display = new TerminalDisplay(new PrintWriter(new StringWriter()), () -> terminal, () -> "");
        display.phase("everything is applied, waiting for the last expiries and replicas ...");
        List<String> lines = display.lines(frame, terminal);
        assertThat(lines).allSatisfy(line -> assertThat(terminal.cut(line)).isEqualTo(line));
        assertThat(String.join("\n", lines)).contains("p99 240 ms", "used / limit", "objects", "bytes");
    }

    @Test
    void colourIsLeftOutIfNotWanted() {
        StringWriter out = new StringWriter();
        TerminalDisplay display =
                new TerminalDisplay(new PrintWriter(out), () -> new Terminal(true, 100, 40, true, false), () -> "");
        display.show(frame);
        assertThat(out.toString()).contains("\u001b[H").doesNotContainPattern("\u001b\\[[0-9;]*m");
    }

    @Test
    void theScreenIsLeftAsItWasFound() {
        StringWriter out = new StringWriter();
        TerminalDisplay display =
                new TerminalDisplay(new PrintWriter(out), () -> new Terminal(true, 100, 40, true, true), () -> "");
        display.show(frame);
        display.close();
        display.close();
        assertThat(out.toString()).startsWith("\u001b[?1049h").endsWith("\u001b[?1049l");
        assertThat(out.toString()).containsOnlyOnce("\u001b[?1049l");
    }

    @Test
    void aLogHasALineEveryTwoSeconds() {
        StringWriter out = new StringWriter();
        LogDisplay display = new LogDisplay(new PrintWriter(out));
        display.show(frame);
        display.show(frame);
        assertThat(out.toString().lines())
                .singleElement()
                .asString()
                .contains("412 transactions/s")
                .contains("1,834 changes/s")
                .contains("p50    85 ms");
    }

    private static String withoutColour(String line) {
        return line.replaceAll("\u001b\\[[0-9;?]*[a-zA-Z]", "");
    }
}

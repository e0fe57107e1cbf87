package io.waltally.app.local.demo;

import io.waltally.app.config.value.ByteSize;
import io.waltally.app.terminal.Ansi;
import io.waltally.app.terminal.Layout;
import io.waltally.app.terminal.Screen;
import io.waltally.app.terminal.StorageFigures;
import io.waltally.app.terminal.Terminal;
import io.waltally.schemas.Counted;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** Redraws a screen in place. */
final class TerminalDisplay implements Display {
    private static final int MAX_BACKENDS = 7;
    private static final int MAX_COLLECTIONS = 5;
    private static final int MAX_NOTIFICATIONS = 5;

    /** The columns of numbers of the collections, and the margin. */
    private static final int NUMBERS = 40;

    private final PrintWriter out;
    private final Supplier<Terminal> terminals;
    private final Screen screen;
    private final Supplier<String> lastWarning;
    private String phase = "";

    /** @param terminals the terminal with its present size, for each frame */
    TerminalDisplay(PrintWriter out, Supplier<Terminal> terminals, Supplier<String> lastWarning) {
        this.out = out;
        this.terminals = terminals;
        this.screen = new Screen(out);
        this.lastWarning = lastWarning;
    }

    @Override
    public void phase(String what) {
        phase = what;
        if (!screen.entered()) {
            out.println(what);
            out.flush();
        }
    }

    @Override
    public void show(DemoFrame frame) {
        Terminal terminal = terminals.get();
        screen.show(lines(frame, terminal), terminal);
    }

    List<String> lines(DemoFrame frame, Terminal terminal) {
        Layout layout = new Layout(terminal);
        List<String> lines = new ArrayList<>();
        lines.add(Ansi.BOLD + " waltally demo" + Ansi.RESET + Ansi.DIM + "   seed " + frame.seed() + Ansi.RESET);
        lines.add(" " + phase);
        lines.add(" " + progress(frame, terminal));
        lines.add("");
        lines.addAll(layout.cells(
                "written", rate(frame.transactionRate(), "transactions/s"),
                "captured", rate(frame.changeRate(), "changes/s"),
                "published", rate(frame.valueRate(), "tallies/s")));
        lines.addAll(layout.cells(
                "lag",
                ByteSize.shown(frame.lagBytes()) + " of WAL",
                "to apply",
                String.format(
                        Locale.ROOT,
                        "%,d %s",
                        frame.lagRecords(),
                        Counted.noun(frame.lagRecords(), "record", "records")),
                "commit to tally",
                "p50 " + latency(frame.p50Millis()) + "  p99 " + latency(frame.p99Millis())));
        lines.add("");
        lines.add(layout.heading("backends", "used / limit"));
        frame.backends().entrySet().stream()
                .limit(MAX_BACKENDS)
                .forEach(backend -> lines.add(layout.backend(
                        backend.getKey(), StorageFigures.of(backend.getValue()), frame.capacityThreshold())));
        lines.add("");
        lines.add(layout.heading("busiest collections", "changes/s      records        bytes"));
        frame.collections().stream()
                .limit(MAX_COLLECTIONS)
                .forEach(collection -> lines.add(String.format(
                        Locale.ROOT,
                        "  %-" + Math.max(1, layout.width() - NUMBERS) + "s %,11.0f %,12d %12s",
                        collection.name(),
                        collection.changeRate(),
                        collection.records(),
                        ByteSize.shown(collection.bytes()))));
        lines.add("");
        lines.add(layout.heading(
                "last notifications", String.format(Locale.ROOT, "%,d delivered to a webhook", frame.delivered())));
        frame.notifications().stream()
                .limit(MAX_NOTIFICATIONS)
                .forEach(notification -> lines.add(layout.notification(
                        notification.time(), notification.type(), notification.subject(), notification.detail())));
        String warning = lastWarning.get();
        if (!warning.isEmpty()) {
            lines.add("");
            lines.add(" " + Ansi.YELLOW + "! " + warning + Ansi.RESET);
        }
        return lines;
    }

    private static String progress(DemoFrame frame, Terminal terminal) {
        Duration elapsed = frame.elapsed().compareTo(frame.duration()) < 0 ? frame.elapsed() : frame.duration();
        double done = (double) elapsed.toMillis() / frame.duration().toMillis();
        int width = terminal.barWidth() + 20;
        int filled = (int) Math.round(done * width);
        return Ansi.CYAN + terminal.line().repeat(filled) + Ansi.RESET + Ansi.DIM
                + terminal.line().repeat(width - filled) + Ansi.RESET + "  " + clock(elapsed) + " / "
                + clock(frame.duration());
    }

    private static String clock(Duration time) {
        return String.format(Locale.ROOT, "%d:%02d", time.toMinutes(), time.toSecondsPart());
    }

    private static String latency(long millis) {
        return millis < 1_000 ? millis + " ms" : String.format(Locale.ROOT, "%.1f s", millis / 1_000.0);
    }

    private static String rate(double perSecond, String unit) {
        return String.format(Locale.ROOT, "%,.0f %s", perSecond, unit);
    }

    @Override
    public void close() {
        screen.close();
    }
}

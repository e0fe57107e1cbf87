package io.waltally.app.local.demo;

import io.waltally.app.config.ByteSize;
import io.waltally.schemas.agg.BackendQuota;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** Redraws a screen in place, in the terminal's alternate buffer: the previous content returns at the end. */
final class TerminalDisplay implements Display {
    private static final String ESCAPE = "\u001b[";
    private static final String ENTER = ESCAPE + "?1049h" + ESCAPE + "?25l" + ESCAPE + "2J";
    private static final String LEAVE = ESCAPE + "?25h" + ESCAPE + "?1049l";
    private static final String HOME = ESCAPE + "H";
    private static final String CLEAR_LINE = ESCAPE + "K";
    private static final String CLEAR_REST = ESCAPE + "J";
    private static final String RESET = ESCAPE + "0m";
    private static final String BOLD = ESCAPE + "1m";
    private static final String DIM = ESCAPE + "2m";
    private static final String RED = ESCAPE + "31m";
    private static final String GREEN = ESCAPE + "32m";
    private static final String YELLOW = ESCAPE + "33m";
    private static final String CYAN = ESCAPE + "36m";

    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneId.systemDefault());
    private static final int MOST_BACKENDS = 7;
    private static final int MOST_COLLECTIONS = 5;
    private static final int MOST_NOTIFICATIONS = 5;
    private static final int CELL = 30;
    private static final int WIDEST = 83;

    /** The columns of numbers of the collections, and the margin. */
    private static final int NUMBERS = 40;

    private static final double WARNING = 0.8;
    private static final double FULL = 0.95;

    private final PrintWriter out;
    private final Terminal terminal;
    private final Supplier<String> lastWarning;
    private boolean entered;
    private String phase = "";

    TerminalDisplay(PrintWriter out, Terminal terminal, Supplier<String> lastWarning) {
        this.out = out;
        this.terminal = terminal;
        this.lastWarning = lastWarning;
    }

    @Override
    public void phase(String what) {
        phase = what;
        if (!entered) {
            out.println(what);
            out.flush();
        }
    }

    @Override
    public void show(DemoFrame frame) {
        if (!entered) {
            out.print(ENTER);
            entered = true;
        }
        out.print(HOME);
        lines(frame).forEach(line -> out.print(terminal.cut(line + RESET) + CLEAR_LINE + "\r\n"));
        out.print(CLEAR_REST);
        out.flush();
    }

    List<String> lines(DemoFrame frame) {
        List<String> lines = new ArrayList<>();
        lines.add(BOLD + " waltally demo" + RESET + DIM + "   seed " + frame.seed() + RESET);
        lines.add(" " + phase);
        lines.add(" " + progress(frame));
        lines.add("");
        lines.addAll(metrics(
                "written", rate(frame.transactionRate(), "transactions/s"),
                "captured", rate(frame.changeRate(), "changes/s"),
                "published", rate(frame.valueRate(), "tallies/s")));
        lines.addAll(metrics(
                "lag",
                ByteSize.shown(frame.lagBytes()) + " of WAL",
                "to apply",
                String.format(Locale.ROOT, "%,d records", frame.lagRecords()),
                "commit to tally",
                "p50 " + latency(frame.p50Millis()) + "  p99 " + latency(frame.p99Millis())));
        lines.add("");
        lines.add(heading("backends", "used / limit"));
        frame.backends().entrySet().stream().limit(MOST_BACKENDS).forEach(backend -> lines.add(backend(backend)));
        lines.add("");
        lines.add(heading("busiest collections", "changes/s      records        bytes"));
        frame.collections().stream()
                .limit(MOST_COLLECTIONS)
                .forEach(collection -> lines.add(String.format(
                        Locale.ROOT,
                        "  %-" + (width() - NUMBERS) + "s %,11.0f %,12d %12s",
                        collection.name(),
                        collection.changeRate(),
                        collection.records(),
                        ByteSize.shown(collection.bytes()))));
        lines.add("");
        lines.add(heading(
                "last notifications", String.format(Locale.ROOT, "%,d delivered to a webhook", frame.delivered())));
        frame.notifications().stream()
                .limit(MOST_NOTIFICATIONS)
                .forEach(notification -> lines.add("  " + DIM + CLOCK.format(notification.time()) + RESET + "  "
                        + String.format(
                                Locale.ROOT,
                                "%-38s %s %s",
                                colour(notification.type()) + notification.type() + RESET,
                                notification.subject(),
                                DIM + notification.detail() + RESET)));
        String warning = lastWarning.get();
        if (!warning.isEmpty()) {
            lines.add("");
            lines.add(" " + YELLOW + "! " + warning + RESET);
        }
        return lines;
    }

    private String progress(DemoFrame frame) {
        Duration elapsed = frame.elapsed().compareTo(frame.duration()) < 0 ? frame.elapsed() : frame.duration();
        double done = (double) elapsed.toMillis() / frame.duration().toMillis();
        int width = terminal.barWidth() + 20;
        int filled = (int) Math.round(done * width);
        return CYAN + terminal.line().repeat(filled) + RESET + DIM
                + terminal.line().repeat(width - filled) + RESET + "  " + clock(elapsed) + " / "
                + clock(frame.duration());
    }

    private static String clock(Duration time) {
        return String.format(Locale.ROOT, "%d:%02d", time.toMinutes(), time.toSecondsPart());
    }

    /** As many cells to a line as fit. */
    private List<String> metrics(String... labelled) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        int used = 0;
        for (int i = 0; i < labelled.length; i += 2) {
            String cell = String.format(Locale.ROOT, " %s ", labelled[i]);
            int width = cell.length() + labelled[i + 1].length();
            if (used + width > terminal.columns()) {
                lines.add(line.toString().stripTrailing());
                line.setLength(0);
                used = 0;
            }
            int padding = Math.max(1, CELL - width);
            line.append(DIM).append(cell).append(RESET).append(labelled[i + 1]).append(" ".repeat(padding));
            used += width + padding;
        }
        lines.add(line.toString().stripTrailing());
        return lines;
    }

    private static String latency(long millis) {
        return millis < 1_000 ? millis + " ms" : String.format(Locale.ROOT, "%.1f s", millis / 1_000.0);
    }

    private static String rate(double perSecond, String unit) {
        return String.format(Locale.ROOT, "%,.0f %s", perSecond, unit);
    }

    private String heading(String left, String right) {
        return " " + BOLD + left + RESET + DIM
                + String.format(Locale.ROOT, "%" + (width() - 1 - left.length()) + "s", right) + RESET;
    }

    /** Of the tables. */
    private int width() {
        return Math.min(WIDEST, terminal.columns());
    }

    private String backend(Map.Entry<String, BackendQuota> entry) {
        BackendQuota quota = entry.getValue();
        long taken = quota.getBytesUsed() + quota.getOrphanBytes();
        boolean limited = quota.getBytesLimit() > 0;
        String bar = limited ? bar(quota) : DIM + terminal.line().repeat(terminal.barWidth()) + RESET;
        return String.format(
                Locale.ROOT,
                "  %-12s %s %s  %21s  %s%,9d objects%s",
                entry.getKey(),
                bar,
                limited ? String.format(Locale.ROOT, "%4.0f %%", quota.getUtilization() * 100) : "      ",
                ByteSize.shown(taken) + " / " + (limited ? ByteSize.shown(quota.getBytesLimit()) : "unlimited"),
                DIM,
                quota.getObjectCount(),
                RESET);
    }

    /** A bar: used, then orphaned (lighter), then free. */
    private String bar(BackendQuota quota) {
        int width = terminal.barWidth();
        int used = cells(quota.getBytesUsed(), quota.getBytesLimit(), width);
        int taken = Math.max(used, cells(quota.getBytesUsed() + quota.getOrphanBytes(), quota.getBytesLimit(), width));
        double utilization = quota.getUtilization();
        String colour = utilization >= FULL ? RED : utilization >= WARNING ? YELLOW : GREEN;
        return colour
                + terminal.full().repeat(used)
                + terminal.half().repeat(taken - used)
                + RESET
                + DIM
                + terminal.free().repeat(width - taken)
                + RESET;
    }

    private static int cells(long bytes, long limit, int width) {
        return (int) Math.max(0, Math.min(width, Math.round((double) bytes / limit * width)));
    }

    private static String colour(String type) {
        if (type.startsWith("s3:ObjectCreated")) {
            return GREEN;
        }
        return type.startsWith("s3:ObjectRemoved") ? RED : YELLOW;
    }

    @Override
    public void close() {
        if (entered) {
            out.print(LEAVE);
            out.flush();
            entered = false;
        }
    }
}

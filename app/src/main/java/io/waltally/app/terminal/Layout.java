package io.waltally.app.terminal;

import io.waltally.app.config.value.ByteSize;
import io.waltally.schemas.Counted;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Lines of a screen, as wide as the terminal. */
public final class Layout {
    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneId.systemDefault());
    private static final int CELL = 30;
    private static final int WIDEST = 83;
    private static final double FULL = 0.95;

    private final Terminal terminal;

    public Layout(Terminal terminal) {
        this.terminal = terminal;
    }

    /** The width of tables. */
    public int width() {
        return Math.min(WIDEST, terminal.columns());
    }

    public String heading(String left, String right) {
        int gap = Math.max(1, width() - 1 - left.length() - right.length());
        return " " + Ansi.BOLD + left + Ansi.RESET + Ansi.DIM + " ".repeat(gap) + right + Ansi.RESET;
    }

    /** Labels and figures, in turn; as many cells to a line as fit. */
    public List<String> cells(String... labelled) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        int used = 0;
        for (int i = 0; i < labelled.length; i += 2) {
            String cell = String.format(Locale.ROOT, " %s ", labelled[i]);
            int width = cell.length() + labelled[i + 1].length();
            if (used > 0 && used + width > terminal.columns()) {
                lines.add(line.toString().stripTrailing());
                line.setLength(0);
                used = 0;
            }
            int padding = Math.max(1, CELL - width);
            line.append(Ansi.DIM)
                    .append(cell)
                    .append(Ansi.RESET)
                    .append(labelled[i + 1])
                    .append(" ".repeat(padding));
            used += width + padding;
        }
        lines.add(line.toString().stripTrailing());
        return lines;
    }

    /**
     * A backend: name, bar, figures.
     *
     * @param warning utilization from which the bar has the colour of a warning
     */
    public String backend(String name, StorageFigures storage, double warning) {
        boolean limited = storage.limit() > 0;
        String bar =
                limited ? bar(storage, warning) : Ansi.DIM + terminal.line().repeat(terminal.barWidth()) + Ansi.RESET;
        return String.format(
                Locale.ROOT,
                "  %-12s %s %s  %21s  %s%,9d %s%s",
                name,
                bar,
                limited ? String.format(Locale.ROOT, "%4.0f %%", storage.utilization() * 100) : "      ",
                ByteSize.shown(storage.used() + storage.orphan()) + " / "
                        + (limited ? ByteSize.shown(storage.limit()) : "unlimited"),
                Ansi.DIM,
                storage.objects(),
                Counted.noun(storage.objects(), "object", "objects"),
                Ansi.RESET);
    }

    /** A bar: used, then orphaned (lighter), then free. */
    private String bar(StorageFigures storage, double warning) {
        int width = terminal.barWidth();
        int used = cells(storage.used(), storage.limit(), width);
        int taken = Math.max(used, cells(storage.used() + storage.orphan(), storage.limit(), width));
        return colour(storage.utilization(), warning)
                + terminal.full().repeat(used)
                + terminal.half().repeat(taken - used)
                + Ansi.RESET
                + Ansi.DIM
                + terminal.free().repeat(width - taken)
                + Ansi.RESET;
    }

    private static String colour(double utilization, double warning) {
        if (utilization < warning) {
            return Ansi.GREEN;
        }
        return utilization < FULL ? Ansi.YELLOW : Ansi.RED;
    }

    private static int cells(long bytes, long limit, int width) {
        return (int) Math.max(0, Math.min(width, Math.round((double) bytes / limit * width)));
    }

    /** A notification in one line. */
    public String notification(Instant time, String type, String subject, String detail) {
        return "  " + Ansi.DIM + CLOCK.format(time) + Ansi.RESET + "  "
                + String.format(
                        Locale.ROOT,
                        "%-38s %s %s",
                        colour(type) + type + Ansi.RESET,
                        subject,
                        Ansi.DIM + detail + Ansi.RESET);
    }

    private static String colour(String type) {
        if (type.startsWith("s3:ObjectCreated")) {
            return Ansi.GREEN;
        }
        return type.startsWith("s3:ObjectRemoved") ? Ansi.RED : Ansi.YELLOW;
    }
}

package io.waltally.app.terminal;

import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Redraws lines in place, in the terminal's alternate buffer: the previous content returns at the end. */
public final class Screen implements AutoCloseable {
    private static final String ENTER = Ansi.ESCAPE + "?1049h" + Ansi.ESCAPE + "?25l";
    private static final String CLEAR = Ansi.ESCAPE + "2J";
    private static final String LEAVE = Ansi.ESCAPE + "?25h" + Ansi.ESCAPE + "?1049l";
    private static final String HOME = Ansi.ESCAPE + "H";
    private static final String CLEAR_LINE = Ansi.ESCAPE + "K";
    private static final String CLEAR_REST = Ansi.ESCAPE + "J";

    private final PrintWriter out;
    private Optional<Terminal> entered = Optional.empty();

    public Screen(PrintWriter out) {
        this.out = out;
    }

    /** Whether something is shown. */
    public boolean entered() {
        return entered.isPresent();
    }

    /**
     * Shows as many of the lines as the terminal has rows.
     *
     * @param terminal with its present size
     */
    public void show(List<String> lines, Terminal terminal) {
        if (entered.isEmpty()) {
            out.print(ENTER);
        }
        if (!entered.equals(Optional.of(terminal))) {
            // A terminal that was made narrower may have wrapped the lines.
            out.print(CLEAR);
            entered = Optional.of(terminal);
        }
        // A line is cleared first: behind its last column, the character there would be. No line break after the last
        // line:
        // it would scroll.
        out.print(lines.stream()
                .limit(terminal.rows())
                .map(line -> CLEAR_LINE + terminal.cut(line + Ansi.RESET))
                .collect(Collectors.joining("\r\n", HOME, "")));
        if (lines.size() < terminal.rows()) {
            out.print("\r\n" + CLEAR_REST);
        }
        out.flush();
    }

    @Override
    public void close() {
        if (entered()) {
            out.print(LEAVE);
            out.flush();
            entered = Optional.empty();
        }
    }
}

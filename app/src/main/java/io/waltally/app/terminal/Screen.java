package io.waltally.app.terminal;

import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;

/** Redraws lines in place, in the terminal's alternate buffer: the previous content returns at the end. */
public final class Screen implements AutoCloseable {
    private static final String ENTER = Ansi.ESCAPE + "?1049h" + Ansi.ESCAPE + "?25l" + Ansi.ESCAPE + "2J";
    private static final String LEAVE = Ansi.ESCAPE + "?25h" + Ansi.ESCAPE + "?1049l";
    private static final String HOME = Ansi.ESCAPE + "H";
    private static final String CLEAR_LINE = Ansi.ESCAPE + "K";
    private static final String CLEAR_REST = Ansi.ESCAPE + "J";

    private final PrintWriter out;
    private final Terminal terminal;
    private boolean entered;

    public Screen(PrintWriter out, Terminal terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** Whether something is shown. */
    public boolean entered() {
        return entered;
    }

    /** Shows as many of the lines as the terminal has rows. */
    public void show(List<String> lines) {
        if (!entered) {
            out.print(ENTER);
            entered = true;
        }
        // No line break after the last line: it would scroll.
        out.print(lines.stream()
                .limit(terminal.rows())
                .map(line -> terminal.cut(line + Ansi.RESET) + CLEAR_LINE)
                .collect(Collectors.joining("\r\n", HOME, "")));
        if (lines.size() < terminal.rows()) {
            out.print("\r\n" + CLEAR_REST);
        }
        out.flush();
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

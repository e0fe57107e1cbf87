package io.waltally.app.terminal;

import java.io.PrintWriter;
import java.util.List;

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

    public void show(List<String> lines) {
        if (!entered) {
            out.print(ENTER);
            entered = true;
        }
        out.print(HOME);
        lines.forEach(line -> out.print(terminal.cut(line + Ansi.RESET) + CLEAR_LINE + "\r\n"));
        out.print(CLEAR_REST);
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

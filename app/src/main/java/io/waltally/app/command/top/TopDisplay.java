package io.waltally.app.command.top;

import io.waltally.app.terminal.Layout;
import io.waltally.app.terminal.Screen;
import io.waltally.app.terminal.Terminal;
import java.io.PrintWriter;
import java.util.function.Supplier;

/** The figures of an instance, redrawn in place. */
final class TopDisplay implements AutoCloseable {
    private final Screen screen;
    private final Supplier<Terminal> terminals;
    private final String instance;

    /**
     * @param terminals the terminal with its present size, for each frame
     * @param instance its address
     */
    TopDisplay(PrintWriter out, Supplier<Terminal> terminals, String instance) {
        this.screen = new Screen(out);
        this.terminals = terminals;
        this.instance = instance;
    }

    /** @param problem why the figures are old; empty if they are not */
    void show(String problem, LiveState.Snapshot state) {
        Terminal terminal = terminals.get();
        TopLines lines = new TopLines(new Layout(terminal));
        screen.show(lines.of(instance, problem, state, terminal.rows()), terminal);
    }

    @Override
    public void close() {
        screen.close();
    }
}

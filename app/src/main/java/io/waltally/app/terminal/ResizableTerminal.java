package io.waltally.app.terminal;

import io.waltally.app.config.value.TerminalEnvironment;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A terminal with its present size, which its user may change at any time. The size stays if the environment gives it, or
 * where {@code stty} does not report it. Not thread-safe.
 */
public final class ResizableTerminal implements Supplier<Terminal> {
    private static final File DEVICE = new File("/dev/tty");
    private static final Pattern ROWS_AND_COLUMNS = Pattern.compile("([1-9][0-9]{0,4}) ([1-9][0-9]{0,4})");

    /** The shortest time between two looks, each of which starts a process. */
    private static final Duration INTERVAL = Duration.ofMillis(250);

    private Terminal terminal;
    private boolean resizable;
    private long lookedAt = System.nanoTime();

    /** @param terminal as it was when the process started */
    public ResizableTerminal(Terminal terminal) {
        this.terminal = terminal;
        this.resizable = terminal.interactive() && !TerminalEnvironment.fixesSize();
    }

    @Override
    public Terminal get() {
        if (resizable && System.nanoTime() - lookedAt >= INTERVAL.toNanos()) {
            lookedAt = System.nanoTime();
            look();
        }
        return terminal;
    }

    private void look() {
        try {
            Process size = new ProcessBuilder("stty", "size")
                    .redirectInput(DEVICE)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String reported = new String(size.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            Matcher numbers = ROWS_AND_COLUMNS.matcher(reported.strip());
            resizable = numbers.matches();
            if (resizable) {
                terminal = terminal.resized(Integer.parseInt(numbers.group(2)), Integer.parseInt(numbers.group(1)));
            }
        } catch (IOException e) {
            // There is no stty, or no such device.
            resizable = false;
        }
    }
}

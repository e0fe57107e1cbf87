package io.waltally.app.local.demo;

import io.waltally.app.config.value.ByteSize;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** Prints a line every two seconds: for files, pipes and logs of builds. */
final class LogDisplay implements Display {
    private static final Duration INTERVAL = Duration.ofSeconds(2);

    private final PrintWriter out;
    private Duration next = Duration.ZERO;

    LogDisplay(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void phase(String what) {
        out.println(what);
        out.flush();
    }

    @Override
    public void show(DemoFrame frame) {
        if (frame.elapsed().compareTo(next) < 0) {
            return;
        }
        next = frame.elapsed().plus(INTERVAL);
        out.printf(
                Locale.ROOT,
                "%4d s  %,6.0f transactions/s  %,7.0f changes/s  lag %9s + %,6d records  commit to tally p50 %,5d ms"
                        + "  p99 %,6d ms%n",
                frame.elapsed().toSeconds(),
                frame.transactionRate(),
                frame.changeRate(),
                ByteSize.shown(frame.lagBytes()),
                frame.lagRecords(),
                frame.p50Millis(),
                frame.p99Millis());
        out.flush();
    }

    @Override
    public void close() {
        out.flush();
    }
}

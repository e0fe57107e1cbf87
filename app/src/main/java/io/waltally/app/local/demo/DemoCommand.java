package io.waltally.app.local.demo;

import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.DurationConverter;
import io.waltally.app.local.EmbeddedServers;
import io.waltally.app.run.StopSignal;
import io.waltally.app.tally.Json;
import io.waltally.app.terminal.ResizableTerminal;
import io.waltally.app.terminal.Terminal;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The whole pipeline under a realistic workload, and a comparison of its tallies with SQL. */
@Command(
        name = "demo",
        header = "Watch the whole pipeline at work on embedded servers, then compare every tally with SQL.",
        description = {
            "Starts its own servers on free ports, writes to both databases as the two applications do, and shows the"
                    + " tallies live. Then it stops writing, waits until everything is applied, and compares. Exits 1 if"
                    + " a single value differs, and 130 if it was stopped before. Nothing remains when it ends. Of a"
                    + " configuration, only topics, capture and the settings of streams that change no figure apply.",
            ""
        })
public final class DemoCommand implements Callable<Integer> {
    /** As a shell reports SIGINT. */
    private static final int STOPPED = 130;

    /** Pipeline, Kafka, registry and PostgreSQL, one after the other, on a busy machine. */
    private static final Duration MAX_STOP = Duration.ofSeconds(60);

    private final StopSignal stop;

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            defaultValue = "60s",
            converter = DurationConverter.class,
            description = "How long to write, such as 30s or 5m (default: ${DEFAULT-VALUE}).")
    private Duration duration;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description =
                    "Determines what each writer does, one transaction after the other; how many there are depends on the"
                            + " machine (default: random; it is printed).")
    private Long seed;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "400",
            description = "Transactions per second over all writers; 0 is as fast as possible"
                    + " (default: ${DEFAULT-VALUE}).")
    private double rate;

    @Option(names = "--json", description = "One JSON document with counts, latency and comparison on stdout.")
    private boolean json;

    public DemoCommand(StopSignal stop) {
        this.stop = stop;
    }

    @Override
    public Integer call() {
        common.applyVerbosity();
        if (duration.isZero()) {
            throw new ParameterException(spec.commandLine(), "--duration is 0: must be longer than that");
        }
        if (!(rate >= 0) || Double.isInfinite(rate)) {
            throw new ParameterException(spec.commandLine(), "--rate is " + rate + ": must be 0 or more");
        }
        EmbeddedServers.require();
        stop.install(MAX_STOP);
        long chosen = seed == null ? ThreadLocalRandom.current().nextInt(1, 1_000_000) : seed;
        DemoWorkload written = new DemoWorkload(duration, chosen, rate);
        Demo demo = new Demo(written, common, stop);
        Optional<DemoResult> result = run(demo);
        PrintWriter out = spec.commandLine().getOut();
        out.println(result.map(compared -> json ? Json.pretty(compared.json()) : compared.text())
                .orElseGet(() -> json ? Json.pretty(demo.stoppedJson()) : DemoResult.STOPPED));
        out.flush();
        return result.map(compared -> compared.passed() ? 0 : 1).orElse(STOPPED);
    }

    private Optional<DemoResult> run(Demo demo) {
        CommandLine line = spec.commandLine();
        if (json) {
            return demo.run(new LogDisplay(new PrintWriter(System.err, true, StandardCharsets.UTF_8)));
        }
        Terminal terminal = Terminal.detect(line.getColorScheme().ansi() != Ansi.OFF);
        if (common.verbose() || !terminal.interactive()) {
            return demo.run(new LogDisplay(line.getOut()));
        }
        try (DeferredWarnings warnings = new DeferredWarnings(line.getErr())) {
            return demo.run(new TerminalDisplay(line.getOut(), new ResizableTerminal(terminal), warnings::last));
        }
    }
}

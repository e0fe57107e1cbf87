package io.waltally.app.command.top;

import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.InstanceOptions;
import io.waltally.app.command.common.RunningInstance;
import io.waltally.app.config.Configuration;
import io.waltally.app.run.StopSignal;
import io.waltally.app.terminal.Layout;
import io.waltally.app.terminal.ResizableTerminal;
import io.waltally.app.terminal.Terminal;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The figures of a running instance in the terminal, live. */
@Command(
        name = "top",
        header = "Watch a running instance: sources, stages, backends and notifications, live.",
        description = {
            "Follows the events of the instance at the configured address (http.host, http.port) until Ctrl-C. Its page shows"
                    + " the same and more. Where there is no terminal, or with --once, the figures are printed once.",
            ""
        })
public final class TopCommand implements Callable<Integer> {
    private static final Duration REFRESH = Duration.ofMillis(500);
    private static final Duration FIRST = Duration.ofSeconds(20);

    private final StopSignal stop;

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Mixin
    private InstanceOptions instances;

    @Option(names = "--once", description = "Print the figures once, and end.")
    private boolean once;

    public TopCommand(StopSignal stop) {
        this.stop = stop;
    }

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        RunningInstance instance = instances.instance(configuration.http());
        LiveState state = new LiveState();
        Terminal terminal = Terminal.detect(spec.commandLine().getColorScheme().ansi() != Ansi.OFF);
        StateFollower following = new StateFollower(instance, state, stop);
        following.start();
        if (once || !terminal.interactive()) {
            return printOnce(instance, following, terminal, state);
        }
        stop.install();
        PrintWriter out = spec.commandLine().getOut();
        try (TopDisplay display = new TopDisplay(out, new ResizableTerminal(terminal), instance.toString())) {
            do {
                following.requireAdmitted();
                display.show(following.problem(), state.snapshot());
            } while (!stop.await(REFRESH));
        }
        return 0;
    }

    private int printOnce(RunningInstance instance, StateFollower following, Terminal terminal, LiveState state) {
        long deadline = System.nanoTime() + FIRST.toNanos();
        while (state.snapshot().status().isMissingNode() && !stop.await(Duration.ofMillis(50))) {
            following.requireAdmitted();
            if (System.nanoTime() > deadline || !following.problem().isEmpty()) {
                throw new CommandFailure(
                        following.problem().isEmpty()
                                ? "the instance at " + instance + " has not sent its status"
                                : following.problem());
            }
        }
        PrintWriter out = spec.commandLine().getOut();
        List<String> shown =
                new TopLines(new Layout(terminal)).of(instance.toString(), "", state.snapshot(), Integer.MAX_VALUE);
        shown.forEach(line -> out.println(terminal.cut(line + io.waltally.app.terminal.Ansi.RESET)));
        out.flush();
        return 0;
    }
}

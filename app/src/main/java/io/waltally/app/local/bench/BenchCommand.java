package io.waltally.app.local.bench;

import io.waltally.app.run.StopSignal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Benchmarks on embedded servers, one per subcommand. */
@Command(
        name = "bench",
        header = "Benchmark a part of the pipeline beside its upper bounds, on embedded servers.",
        synopsisSubcommandLabel = "WHAT",
        description = {"The figures of one run can be compared with each other, those of two machines cannot.", ""})
public final class BenchCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    private BenchCommand() {}

    public static CommandLine withMeasurements(StopSignal stop) {
        return new CommandLine(new BenchCommand())
                .addSubcommand(new BenchCaptureCommand(stop))
                .addSubcommand(new BenchPipelineCommand(stop))
                .addSubcommand(new BenchLatencyCommand(stop))
                .addSubcommand(new BenchSnapshotCommand(stop))
                .addSubcommand(new BenchRecoveryCommand(stop))
                .addSubcommand(new BenchScaleCommand(stop))
                .addSubcommand(new BenchStateCommand(stop));
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "what to measure is missing: capture, pipeline, latency, snapshot, recovery, scale or state");
    }
}

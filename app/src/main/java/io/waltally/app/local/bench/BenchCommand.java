package io.waltally.app.local.bench;

import io.waltally.app.command.common.CommandGroup;
import io.waltally.app.run.StopSignal;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Benchmarks on embedded servers, one per subcommand. */
@Command(
        name = "bench",
        header = "Benchmark a part of the pipeline beside its upper bounds, on embedded servers.",
        synopsisSubcommandLabel = "WHAT",
        description = {"The figures of one run can be compared with each other, those of two machines cannot.", ""})
public final class BenchCommand extends CommandGroup {
    private BenchCommand() {
        super("measure");
    }

    public static CommandLine withMeasurements(StopSignal stop) {
        return of(
                new BenchCommand(),
                new BenchCaptureCommand(stop),
                new BenchPipelineCommand(stop),
                new BenchLatencyCommand(stop),
                new BenchSnapshotCommand(stop),
                new BenchRecoveryCommand(stop),
                new BenchScaleCommand(stop),
                new BenchStateCommand(stop),
                new BenchPageCommand(stop));
    }
}

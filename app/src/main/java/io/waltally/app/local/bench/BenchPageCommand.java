package io.waltally.app.local.bench;

import io.waltally.app.command.common.DurationConverter;
import io.waltally.app.http.stream.EventStream;
import io.waltally.app.run.StopSignal;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures how much clients of the event stream slow the pipeline down. */
@Command(
        name = "page",
        header = "Measure the pipeline with and without pages that follow its events.",
        description = {
            "Runs capture and topologies, and in each round writes rows twice: with clients that follow all events, in a"
                    + " process of their own, and without. Which comes first changes from round to round. The time runs"
                    + " from the first commit to the last tally; the medians of the warm rounds are compared, and those of the CPU"
                    + " time of capture, topologies and the embedded broker.",
            ""
        })
public final class BenchPageCommand extends BenchMeasurement {
    @Option(
            names = "--clients",
            paramLabel = "N",
            defaultValue = "50",
            description = "Number of clients, at most " + EventStream.MAX_CLIENTS + " (default: ${DEFAULT-VALUE}).")
    private int clients;

    @Option(
            names = "--pause",
            paramLabel = "TIME",
            defaultValue = "35s",
            converter = DurationConverter.class,
            description =
                    "Rest before each measurement. An instance watches for 30 s after its last client has left, so that"
                            + " a shorter one makes both alike (default: ${DEFAULT-VALUE}).")
    private Duration pause;

    BenchPageCommand(StopSignal stop) {
        super(stop);
    }

    @Override
    void validate() {
        requirePositive("--clients", List.of(clients));
        requireAtMost("--clients", clients, EventStream.MAX_CLIENTS);
    }

    @Override
    int measure(Bench bench) {
        return bench.page(clients, pause);
    }
}

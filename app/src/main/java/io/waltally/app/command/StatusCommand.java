package io.waltally.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.DurationConverter;
import io.waltally.app.command.common.InstanceOptions;
import io.waltally.app.command.common.RunningInstance;
import io.waltally.app.config.Configuration;
import io.waltally.app.run.StopSignal;
import io.waltally.app.status.StatusReader;
import io.waltally.app.status.StatusReport;
import io.waltally.app.status.StatusTable;
import io.waltally.app.tally.Json;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Shows the state of the pipeline from the outside. */
@Command(
        name = "status",
        header = "Show the status of sources and stages; exit 1 if one is unreachable or stopped.",
        description = {
            "Asks PostgreSQL and Kafka, whichever process runs the pipeline, and the instance at the configured address"
                    + " (http.host, http.port), if one answers there: it knows the reasons of its roles.",
            ""
        })
public final class StatusCommand implements Callable<Integer> {
    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneId.systemDefault());

    /** The escape sequence that moves to the upper left and erases the screen below. */
    private static final String CLEAR = "\u001b[H\u001b[J";

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Mixin
    private InstanceOptions instances;

    @Option(names = "--json", description = "One JSON document on stdout; with --watch one in each line.")
    private boolean json;

    @Option(
            names = "--watch",
            paramLabel = "DURATION",
            arity = "0..1",
            fallbackValue = "2s",
            converter = DurationConverter.class,
            description = "Show it again after each DURATION (default: ${FALLBACK-VALUE}), until it is stopped.")
    private Duration interval;

    private final StopSignal stop;

    public StatusCommand(StopSignal stop) {
        this.stop = stop;
    }

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        StatusReader reader = new StatusReader(configuration, configuration.catalogue());
        RunningInstance instance = instances.instance(configuration.http());
        if (interval == null) {
            StatusReport report = report(reader, instance);
            print(json ? Json.pretty(report) : StatusTable.of(report));
            return report.healthy() ? 0 : 1;
        }
        if (interval.compareTo(Duration.ZERO) <= 0) {
            throw new ParameterException(spec.commandLine(), "--watch needs a DURATION of more than 0s");
        }
        watch(reader, instance);
        return 0;
    }

    private void watch(StatusReader reader, RunningInstance instance) {
        stop.install();
        boolean redraws = Boolean.getBoolean("waltally.terminal") && !json;
        do {
            StatusReport report = report(reader, instance);
            print(json ? Json.write(report) : (redraws ? CLEAR : "") + seen(Instant.now()) + StatusTable.of(report));
            // A reader such as head may be gone.
        } while (!spec.commandLine().getOut().checkError() && !stop.await(interval));
    }

    private static String seen(Instant time) {
        return CLOCK.format(time) + System.lineSeparator();
    }

    private void print(String text) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(text);
        out.flush();
    }

    private boolean isOfSameCluster(RunningInstance instance, InstanceStatus status, StatusReport report) {
        Optional<String> difference =
                InstanceCluster.difference(instance, status.kafkaClusterId(), report.kafkaClusterId());
        difference.ifPresent(reason ->
                spec.commandLine().getErr().println("waltally: shown as PostgreSQL and Kafka have it: " + reason));
        return difference.isEmpty();
    }

    private StatusReport report(StatusReader reader, RunningInstance instance) {
        CompletableFuture<Optional<JsonNode>> asked =
                CompletableFuture.supplyAsync(() -> instance.getIfOffered(InstanceStatus.PATH));
        StatusReport report = reader.read();
        try {
            return asked.join()
                    .map(InstanceStatus::new)
                    .filter(status -> isOfSameCluster(instance, status, report))
                    .map(status -> status.addTo(report))
                    .orElse(report);
        } catch (CompletionException e) {
            if (!(e.getCause() instanceof CommandFailure failure)) {
                throw e;
            }
            spec.commandLine()
                    .getErr()
                    .println("waltally: shown as PostgreSQL and Kafka have it: " + failure.getMessage());
            return report;
        }
    }
}

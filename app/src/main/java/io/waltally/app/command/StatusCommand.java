package io.waltally.app.command;

import io.waltally.app.config.Configuration;
import io.waltally.app.status.StatusReader;
import io.waltally.app.status.StatusReport;
import io.waltally.app.status.StatusTable;
import io.waltally.app.tally.Json;
import io.waltally.schemas.TopicCatalogue;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows the state of the pipeline from the outside. */
@Command(
        name = "status",
        header = "Show the status of sources and stages; exit 1 if one is unreachable or stopped.",
        description = {
            "Asks PostgreSQL and Kafka, whichever process runs the pipeline, and of sinks the instance at the configured"
                    + " address (http.host, http.port), if one answers there.",
            ""
        })
public final class StatusCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Mixin
    private InstanceOptions instances;

    @Option(names = "--json", description = "One JSON document on stdout.")
    private boolean json;

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        TopicCatalogue topics = configuration.catalogue();
        StatusReport report = new StatusReader(configuration, topics).read();
        if (!report.sinks().isEmpty()) {
            report = withOwnState(report, configuration);
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(json ? Json.pretty(report) : StatusTable.of(report));
        out.flush();
        return report.healthy() ? 0 : 1;
    }

    private StatusReport withOwnState(StatusReport report, Configuration configuration) {
        RunningSinks running = new RunningSinks(instances.instance(configuration.http()));
        try {
            return running.addTo(report);
        } catch (CommandFailure e) {
            spec.commandLine().getErr().println("waltally: sinks are shown as Kafka has them: " + e.getMessage());
            return report;
        }
    }
}

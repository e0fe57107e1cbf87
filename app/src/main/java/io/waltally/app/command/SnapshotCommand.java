package io.waltally.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.InstanceOptions;
import io.waltally.app.command.common.RunningInstance;
import io.waltally.app.command.common.TargetSystems;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.HttpSettings;
import io.waltally.app.tally.Json;
import io.waltally.schemas.Source;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Reads a table, or a range of its keys, into its topic again. */
@Command(
        name = "snapshot",
        header = "Read a captured table again while streaming continues.",
        description = {
            "Acts on the instance that runs at the configured address (http.host, http.port), and waits until the table is"
                    + " complete. Rows that the topic has and the table has not become tombstones, unless a range of keys is"
                    + " given. Tallies change only if they were wrong.",
            ""
        })
public final class SnapshotCommand implements Callable<Integer> {
    private static final long POLL_MILLIS = 500;

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Parameters(paramLabel = "SOURCE.TABLE", description = "Such as s3.object_locations.")
    private String table;

    @Option(
            names = "--from",
            paramLabel = "VALUE",
            description = "Begin at this value of the primary key, inclusive. Repeat it for the key's further columns.")
    private List<String> from = List.of();

    @Option(
            names = "--to",
            paramLabel = "VALUE",
            description = "End before this value of the primary key. Repeat it for the key's further columns.")
    private List<String> to = List.of();

    @Option(names = "--no-wait", description = "Return as soon as the request is accepted.")
    private boolean noWait;

    @Mixin
    private InstanceOptions instances;

    @Option(names = "--http-port", paramLabel = "PORT", description = "HTTP port of the running instance (http.port).")
    private Integer httpPort;

    @Override
    public Integer call() throws InterruptedException {
        common.applyVerbosity();
        Map<String, String> flags = new HashMap<>();
        if (httpPort != null) {
            flags.put(HttpSettings.PORT, httpPort.toString());
        }
        Configuration configuration = common.configuration(flags);
        int dot = table.indexOf('.');
        if (dot < 1) {
            throw new ParameterException(
                    spec.commandLine(), "\"" + table + "\" is not SOURCE.TABLE, such as s3.object_locations");
        }
        Source source = source(table.substring(0, dot));
        String name = table.substring(dot + 1);
        RunningInstance instance = instances.instance(configuration.http());
        InstanceCluster.requireSame(instance, configuration);
        TargetSystems.announce(spec, "the instance at " + instance, TargetSystems.kafka(configuration));
        String request = Json.write(Map.of("table", name, "from", from, "to", to));
        JsonNode accepted = instance.post("/api/sources/" + source + "/snapshots", request)
                .orElseThrow(() -> new CommandFailure("no instance answers at " + instance
                        + ": a snapshot needs one that streams " + source + " ('waltally run')"));
        PrintWriter out = spec.commandLine().getOut();
        if (noWait) {
            out.println("accepted; 'waltally status' shows its progress");
            return 0;
        }
        waitFor(instance, source, accepted.path("id").asText());
        out.println("snapshot of " + table + " is complete");
        return 0;
    }

    private Source source(String name) {
        try {
            return Source.of(name);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
    }

    /** Waits until the status says that the request has ended: a table that is not shown may be one that was lost. */
    private void waitFor(RunningInstance instance, Source source, String id) throws InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        String shown = "";
        while (true) {
            Optional<JsonNode> status = instance.get("/api/status");
            if (status.isEmpty()) {
                throw new CommandFailure("the instance at " + instance + " has ended. Another one goes on with the"
                        + " snapshot, if its reading had begun; 'waltally status' shows it");
            }
            JsonNode capture = status.get().path("sources").path(source.id());
            if (entry(capture.path("completed_snapshots"), id).isPresent()) {
                return;
            }
            entry(capture.path("failed_snapshots"), id).ifPresent(failed -> {
                throw new CommandFailure("the snapshot of " + table + " failed, and streaming continues without it: "
                        + failed.path("reason").asText());
            });
            Optional<JsonNode> progress = entry(capture.path("snapshots"), id);
            String state = capture.path("state").asText();
            if (state.equals("failed")) {
                throw new CommandFailure("capture of " + source + " has stopped before the snapshot of " + table
                        + " was complete: " + capture.path("reason").asText());
            }
            if (progress.isEmpty() && !state.equals("starting")) {
                throw new CommandFailure("the instance at " + instance + " does not know the snapshot of " + table
                        + " any more (capture of " + source + " is " + state
                        + "): it was restarted, or another one captures. Ask again, unless 'waltally status' shows it");
            }
            String line = progress.map(SnapshotCommand::describe).orElse("capture of " + source + " starts again");
            if (!line.equals(shown)) {
                err.println(line);
                shown = line;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    private static Optional<JsonNode> entry(JsonNode snapshots, String id) {
        for (JsonNode snapshot : snapshots) {
            if (snapshot.path("id").asText().equals(id)) {
                return Optional.of(snapshot);
            }
        }
        return Optional.empty();
    }

    private static String describe(JsonNode snapshot) {
        StringBuilder line = new StringBuilder(snapshot.path("rows").asText()).append(" rows");
        if (snapshot.path("estimate").isNumber()) {
            line.append(" of about ").append(snapshot.path("estimate").asText());
        }
        if (snapshot.path("rows_per_second").isNumber()) {
            line.append(", ").append(snapshot.path("rows_per_second").asText()).append(" rows/s");
        }
        if (snapshot.path("seconds_left").isNumber()) {
            line.append(", ").append(snapshot.path("seconds_left").asText()).append(" s left");
        }
        return line.toString();
    }
}

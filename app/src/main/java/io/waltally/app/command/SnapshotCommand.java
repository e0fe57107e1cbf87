package io.waltally.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.command.common.ActingOn;
import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.InstanceOptions;
import io.waltally.app.command.common.RunningInstance;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.HttpSettings;
import io.waltally.app.tally.Json;
import io.waltally.schemas.Source;
import java.io.PrintWriter;
import java.util.ArrayList;
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
        ActingOn.announce(spec, "the instance at " + instance, ActingOn.kafka(configuration));
        Optional<JsonNode> failedBefore = instance.get("/api/status")
                .flatMap(status -> lastFailed(status.path("sources").path(source.id()), name));
        String request = Json.write(Map.of("table", name, "from", from, "to", to));
        if (instance.post("/api/sources/" + source + "/snapshots", request).isEmpty()) {
            throw new CommandFailure("no instance answers at " + instance + ": a snapshot needs one that streams "
                    + source + " ('waltally run')");
        }
        PrintWriter out = spec.commandLine().getOut();
        if (noWait) {
            out.println("accepted; 'waltally status' shows its progress");
            return 0;
        }
        waitFor(instance, source, name, failedBefore);
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

    /** Waits until the status no longer shows the accepted request. */
    private void waitFor(RunningInstance instance, Source source, String name, Optional<JsonNode> failedBefore)
            throws InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        String shown = "";
        while (true) {
            Optional<JsonNode> status = instance.get("/api/status");
            if (status.isEmpty()) {
                throw new CommandFailure(
                        "the instance at " + instance + " has ended; another one continues the snapshot");
            }
            JsonNode capture = status.get().path("sources").path(source.id());
            if (capture.path("state").asText().equals("failed")) {
                throw new CommandFailure(capture.path("reason").asText());
            }
            Optional<JsonNode> failed = lastFailed(capture, name);
            if (failed.isPresent() && !failed.equals(failedBefore)) {
                throw new CommandFailure("the snapshot of " + table + " failed, and streaming continues without it: "
                        + failed.get().path("reason").asText());
            }
            Optional<JsonNode> progress = progress(capture, name);
            if (progress.isEmpty()) {
                return;
            }
            String line = describe(progress.get());
            if (!line.equals(shown)) {
                err.println(line);
                shown = line;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    private static Optional<JsonNode> progress(JsonNode capture, String name) {
        for (JsonNode snapshot : capture.path("snapshots")) {
            if (snapshot.path("table").asText().equals(name)) {
                return Optional.of(snapshot);
            }
        }
        return Optional.empty();
    }

    /** The latest failure of this table and range; the status keeps several, each with its time. */
    private Optional<JsonNode> lastFailed(JsonNode capture, String name) {
        JsonNode last = null;
        for (JsonNode snapshot : capture.path("failed_snapshots")) {
            if (snapshot.path("table").asText().equals(name)
                    && texts(snapshot.path("from")).equals(from)
                    && texts(snapshot.path("to")).equals(to)) {
                last = snapshot;
            }
        }
        return Optional.ofNullable(last);
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
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

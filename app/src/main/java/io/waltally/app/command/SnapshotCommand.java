package io.waltally.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.InstanceOptions;
import io.waltally.app.command.common.RunningInstance;
import io.waltally.app.command.common.SourceConverter;
import io.waltally.app.command.common.TargetSystems;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.HttpSettings;
import io.waltally.app.tally.Json;
import io.waltally.schemas.Source;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
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
        SourceConverter.requireOn(configuration, source);
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
        new SnapshotWait(table, source, instance.toString(), spec.commandLine().getErr())
                .untilComplete(accepted.path("id").asText(), () -> instance.get(InstanceStatus.PATH));
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
}

package io.waltally.app.command;

import io.waltally.app.audit.AuditLog;
import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.Confirmation;
import io.waltally.app.command.common.DependentOption;
import io.waltally.app.command.common.InstanceOptions;
import io.waltally.app.command.common.RunningInstance;
import io.waltally.app.command.common.SourceConverter;
import io.waltally.app.command.common.TargetSystems;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.HttpSettings;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.run.role.CaptureRole;
import io.waltally.app.status.StatusReader;
import io.waltally.connectors.capture.Capture;
import io.waltally.connectors.capture.error.SourceConnectionException;
import io.waltally.schemas.Source;
import io.waltally.schemas.topic.TopicCatalogue;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Resumes a stopped source. */
@Command(
        name = "resume",
        header = "Resume a stopped source, from its position or in a new epoch with a snapshot of its current state.",
        description = {
            "Acts on the instance that runs at the configured address (http.host, http.port). If none answers there,"
                    + " --new-epoch is recorded for the next 'run'.",
            ""
        })
public final class ResumeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Parameters(paramLabel = "SOURCE", description = "s3 or sync.", converter = SourceConverter.class)
    private Source source;

    @Option(
            names = "--new-epoch",
            description =
                    "Take a snapshot of the server's current state, with a new slot: for a restored, replaced or promoted"
                            + " server, or a slot that was lost. Rows that no longer exist become tombstones.")
    private boolean newEpoch;

    @Option(
            names = "--force",
            description =
                    "With --new-epoch: even if the source can continue from its position, if it stopped for a reason that a new"
                            + " epoch does not remedy, or if another process captures it from another server or through another slot, which ends that capture. The slot is dropped,"
                            + " and all tables are read again. On a terminal it has to be confirmed.")
    private boolean force;

    @Mixin
    private InstanceOptions instances;

    @Option(names = "--http-port", paramLabel = "PORT", description = "HTTP port of the running instance (http.port).")
    private Integer httpPort;

    @Override
    public Integer call() {
        common.applyVerbosity();
        DependentOption.require(spec, "--force", "--new-epoch");
        Map<String, String> flags = new HashMap<>();
        if (httpPort != null) {
            flags.put(HttpSettings.PORT, httpPort.toString());
        }
        Configuration configuration = common.configuration(flags);
        SourceSettings settings = SourceConverter.settings(configuration, source);
        RunningInstance instance = instances.instance(configuration.http());
        InstanceCluster.requireSame(instance, configuration);
        TargetSystems.announce(
                spec,
                "the instance at " + instance,
                TargetSystems.postgres(settings),
                TargetSystems.kafka(configuration));
        if (force) {
            Confirmation.require(
                    "The slot of " + source
                            + " is dropped, even if it could continue, and all its tables are read again.",
                    source.id());
        }
        PrintWriter out = spec.commandLine().getOut();
        if (instance.post("/api/sources/" + source + "/resume?new_epoch=" + newEpoch + "&force=" + force, "{}")
                .isPresent()) {
            out.println(source + (newEpoch ? " begins a new epoch" : " resumes") + "; 'waltally status' shows how");
            return 0;
        }
        if (!newEpoch) {
            throw new CommandFailure("no instance answers at " + instance
                    + ": 'waltally run' starts one, which continues from where " + source + " stopped");
        }
        out.println("epoch "
                + AuditLog.call(
                        "resume --new-epoch",
                        source.id() + (force ? " force=true" : ""),
                        () -> declareEpoch(configuration, settings))
                + " of " + source
                + " begins with the next 'waltally run'; no instance answers at " + instance);
        return 0;
    }

    private int declareEpoch(Configuration configuration, SourceSettings settings) {
        TopicCatalogue topics = configuration.catalogue();
        try {
            return Capture.declareEpoch(
                    CaptureRole.config(configuration, settings),
                    CaptureRole.target(configuration, topics),
                    new StatusReader(configuration, topics).stopReason(source),
                    force);
        } catch (IllegalStateException e) {
            throw new CommandFailure(e.getMessage(), e);
        } catch (SQLException e) {
            throw new CommandFailure(
                    SourceConnectionException.of(
                                    settings.source(),
                                    settings.address(),
                                    settings.account().user(),
                                    e)
                            .getMessage(),
                    e);
        }
    }
}

package io.waltally.app.command.setting;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.InstanceOptions;
import io.waltally.app.command.common.RunningInstance;
import io.waltally.app.tally.Json;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists the loggers of a running instance that have a level of their own. */
@Command(
        name = "list",
        header = "Show the loggers that have a level of their own; all others have that of their parent.",
        description = {"Asks the instance at the configured address (http.host, http.port).", ""})
final class LoggersListCommand implements Callable<Integer> {
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
        RunningInstance instance =
                instances.instance(common.configuration(Map.of()).http());
        JsonNode loggers = instance.get("/api/loggers").orElseThrow(() -> none(instance));
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.pretty(loggers));
        } else {
            loggers.path("items")
                    .forEach(logger -> out.println(String.format(
                            Locale.ROOT,
                            "%-5s  %s",
                            logger.path("level").asText(),
                            logger.path("name").asText())));
        }
        out.flush();
        return 0;
    }

    static CommandFailure none(RunningInstance instance) {
        return new CommandFailure("no instance answers at " + instance + " (http.host, http.port)");
    }
}

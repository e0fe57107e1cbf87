package io.waltally.app.command.setting;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.InstanceOptions;
import io.waltally.app.command.common.RunningInstance;
import io.waltally.app.command.common.TargetSystems;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.value.LogLevel;
import io.waltally.app.tally.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Sets the level of a logger of a running instance. */
@Command(
        name = "set",
        header = "Set the level of a logger of the instance at the configured address, until it ends.",
        description = {"A logger without a level of its own has that of its parent: 'inherit' takes it away.", ""})
final class LoggersSetCommand implements Callable<Integer> {
    private static final String INHERIT = "inherit";

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Mixin
    private InstanceOptions instances;

    @Parameters(index = "0", paramLabel = "LOGGER", description = "Such as io.waltally.connectors, or root.")
    private String logger;

    @Parameters(
            index = "1",
            paramLabel = "LEVEL",
            description = "OFF, ERROR, WARN, INFO, DEBUG, TRACE or " + INHERIT + ".")
    private String level;

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        ObjectNode request = JsonNodeFactory.instance.objectNode();
        if (level.equalsIgnoreCase(INHERIT)) {
            request.putNull("level");
        } else {
            request.put("level", parsed().name());
        }
        RunningInstance instance = instances.instance(configuration.http());
        TargetSystems.announce(spec, "the instance at " + instance);
        JsonNode answer = instance.post(
                        "/api/loggers/" + URLEncoder.encode(logger, StandardCharsets.UTF_8), Json.write(request))
                .orElseThrow(() -> LoggersListCommand.none(instance));
        spec.commandLine()
                .getOut()
                .println(logger + " logs at " + answer.path("level").asText() + " until the instance ends");
        spec.commandLine().getOut().flush();
        return 0;
    }

    private LogLevel parsed() {
        try {
            return LogLevel.parse(level);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(), "LEVEL is \"" + level + "\": " + e.getMessage() + ", or " + INHERIT);
        }
    }
}

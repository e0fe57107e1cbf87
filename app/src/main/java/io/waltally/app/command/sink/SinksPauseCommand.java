package io.waltally.app.command.sink;

import io.waltally.app.command.common.ActingOn;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.InstanceOptions;
import io.waltally.app.command.common.RecordedRequest;
import io.waltally.app.config.Configuration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Pauses a sink. */
@Command(
        name = "pause",
        header = "Pause a sink: it writes nothing until 'sinks resume', also after a restart.",
        description = {RecordedRequest.DESCRIPTION, ""})
final class SinksPauseCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Mixin
    private InstanceOptions instances;

    @Parameters(paramLabel = "NAME", description = "A configured sink.")
    private String name;

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        SinkRequest request = new SinkRequest(configuration, instances.instance(configuration.http()), name);
        ActingOn.announce(spec, ActingOn.kafka(configuration));
        spec.commandLine().getOut().println(request.pause());
        return 0;
    }
}

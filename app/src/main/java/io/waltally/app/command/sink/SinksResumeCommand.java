package io.waltally.app.command.sink;

import io.waltally.app.command.common.ActingOn;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.Confirmation;
import io.waltally.app.command.common.InstanceOptions;
import io.waltally.app.command.common.RecordedRequest;
import io.waltally.app.config.Configuration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lets a paused sink continue, or makes one begin again. */
@Command(
        name = "resume",
        header = "Let a paused sink continue from its position, or begin again with its topics.",
        description = {RecordedRequest.DESCRIPTION, ""})
final class SinksResumeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Mixin
    private InstanceOptions instances;

    @Parameters(paramLabel = "NAME", description = "A configured sink.")
    private String name;

    @Option(
            names = "--reset",
            description =
                    "Forget the positions in the target and what was written there, and read the topics again from the"
                            + " beginning: for topics that were made again, or another Kafka. On a terminal it has to"
                            + " be confirmed.")
    private boolean reset;

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        SinkRequest request = new SinkRequest(configuration, instances.instance(configuration.http()), name);
        ActingOn.announce(spec, ActingOn.kafka(configuration));
        if (reset) {
            Confirmation.require(
                    "Sink " + name + " forgets its positions and removes what it has written, then reads its topics"
                            + " again from the beginning.",
                    name);
        }
        spec.commandLine().getOut().println(request.resume(reset));
        return 0;
    }
}

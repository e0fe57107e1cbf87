package io.waltally.app.command.sink;

import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.InstanceOptions;
import io.waltally.app.command.common.TargetSystems;
import io.waltally.app.config.Configuration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Base of commands whose only argument is the name of a sink. */
abstract class SinkCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Mixin
    private InstanceOptions instances;

    @Parameters(paramLabel = "NAME", description = "A configured sink.")
    private String name;

    /** Records the request, and returns what became of it. */
    abstract String request(SinkRequest request, String sink);

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        SinkRequest request = new SinkRequest(configuration, instances.instance(configuration.http()), name);
        TargetSystems.announce(spec, TargetSystems.kafka(configuration));
        spec.commandLine().getOut().println(request(request, name));
        return 0;
    }
}

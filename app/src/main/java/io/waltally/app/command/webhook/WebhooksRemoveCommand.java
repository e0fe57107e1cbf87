package io.waltally.app.command.webhook;

import io.waltally.app.command.common.ActingOn;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.InstanceOptions;
import io.waltally.app.config.Configuration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Removes an endpoint. */
@Command(
        name = "remove",
        header = "Remove an endpoint that was added.",
        description = {
            "What it has not got, it does not get any more; its dead letters remain. Added again, it begins anew.",
            "The request is written to Kafka, for all instances. If one answers at the configured address (http.host,"
                    + " http.port), the command waits until it has followed the request.",
            ""
        })
final class WebhooksRemoveCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Mixin
    private InstanceOptions instances;

    @Parameters(paramLabel = "NAME", description = "An endpoint that was added.")
    private String name;

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        EndpointRequest request = new EndpointRequest(configuration, instances.instance(configuration.http()), name);
        ActingOn.announce(spec, ActingOn.kafka(configuration));
        request.run("webhooks remove", "", requests -> requests.remove(name));
        spec.commandLine().getOut().println(request.awaitAbsence("is removed"));
        return 0;
    }
}

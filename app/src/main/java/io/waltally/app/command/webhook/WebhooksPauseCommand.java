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

/** Pauses an endpoint. */
@Command(
        name = "pause",
        header = "Pause an endpoint: nothing is sent to it until 'webhooks resume', also after a restart.",
        description = {
            "Notifications wait in Kafka, up to topics.notification-retention. Requests that are under way end.",
            "The request is written to Kafka, for all instances. If one answers at the configured address (http.host,"
                    + " http.port), the command waits until it has followed the request.",
            ""
        })
final class WebhooksPauseCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Mixin
    private InstanceOptions instances;

    @Parameters(paramLabel = "NAME", description = "An endpoint of the configuration, or one that was added.")
    private String name;

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        EndpointRequest request = new EndpointRequest(configuration, instances.instance(configuration.http()), name);
        ActingOn.announce(spec, ActingOn.kafka(configuration));
        request.run("webhooks pause", "", requests -> requests.pause(name));
        spec.commandLine().getOut().println(request.awaitState(EndpointRequest.PAUSED::equals, "is paused"));
        return 0;
    }
}

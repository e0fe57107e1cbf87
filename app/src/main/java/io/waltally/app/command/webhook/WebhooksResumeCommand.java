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

/** Resumes an endpoint. */
@Command(
        name = "resume",
        header = "Send to an endpoint again that is paused, or that was disabled.",
        description = {
            "Retries go on as they were. It begins with what it has not got.",
            "The request is written to Kafka, for all instances. If one answers at the configured address (http.host,"
                    + " http.port), the command waits until it has followed the request.",
            ""
        })
final class WebhooksResumeCommand implements Callable<Integer> {
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
        request.run("webhooks resume", "", requests -> requests.resume(name));
        spec.commandLine()
                .getOut()
                .println(request.awaitState(
                        state -> !state.equals(EndpointRequest.PAUSED) && !state.equals(EndpointRequest.DISABLED),
                        "goes on"));
        return 0;
    }
}

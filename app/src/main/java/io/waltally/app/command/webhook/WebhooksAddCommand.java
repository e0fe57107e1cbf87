package io.waltally.app.command.webhook;

import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.InstanceOptions;
import io.waltally.app.command.common.TargetSystems;
import io.waltally.app.command.common.TimeConverter;
import io.waltally.app.config.Configuration;
import io.waltally.app.webhook.EndpointRequests;
import io.waltally.webhooks.sign.SigningSecret;
import java.io.PrintWriter;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Adds an endpoint. */
@Command(
        name = "add",
        header = "Add an endpoint to all instances, without a restart.",
        description = {
            "Its settings are sealed with the first key of webhooks.sealing-keys and kept in Kafka. Without a secret one"
                    + " is made, and shown once. If an instance answers at the configured address (http.host, http.port),"
                    + " the command waits until it delivers to the endpoint.",
            ""
        })
final class WebhooksAddCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Mixin
    private InstanceOptions instances;

    @Mixin
    private EndpointOptions options;

    @Parameters(index = "0", paramLabel = "NAME", description = "Its identity: letters, digits, '.', '_' and '-'.")
    private String name;

    @Parameters(index = "1", paramLabel = "URL", description = "Where to send notifications.")
    private String url;

    @Option(
            names = "--begin",
            paramLabel = "TIME",
            description = "The first notification, as recorded in the outbox: earliest, 2026-11-22T12:00:00Z, or 2h for"
                    + " those of the last two hours (default: those from now on).")
    private String begin;

    @Override
    public Integer call() throws Exception {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        Map<String, String> settings = options.settings(spec);
        EndpointOptions.put(spec, settings, "url", url);
        if (begin != null) {
            EndpointOptions.put(spec, settings, "begin", begin());
        }
        EndpointRequest request = new EndpointRequest(configuration, instances.instance(configuration.http()), name);
        TargetSystems.announce(spec, TargetSystems.kafka(configuration));
        Optional<SigningSecret> made = EndpointRequest.record(
                configuration, "webhooks add", name, (EndpointRequests requests) -> requests.add(name, settings));
        PrintWriter out = spec.commandLine().getOut();
        made.ifPresent(secret -> out.println("secret " + secret.reveal() + ", made for it; it is not shown again"));
        out.flush();
        out.println(request.awaitState(state -> true, "was added, and gets notifications"));
        return 0;
    }

    private String begin() {
        if (begin.equals("earliest")) {
            return begin;
        }
        try {
            return new TimeConverter().convert(begin).toString();
        } catch (TypeConversionException e) {
            throw new ParameterException(spec.commandLine(), "--begin " + e.getMessage() + ", or earliest", e);
        }
    }
}

package io.waltally.app.command.webhook;

import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.InstanceOptions;
import io.waltally.app.command.common.TargetSystems;
import io.waltally.app.config.Configuration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Changes an endpoint that was added. */
@Command(
        name = "change",
        header = "Change settings of an endpoint that was added; the others stay as they are.",
        description = {
            "Delivery continues where it was. A changed filter holds for what has not been read yet. An endpoint of the"
                    + " configuration is changed there.",
            ""
        })
final class WebhooksChangeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Mixin
    private InstanceOptions instances;

    @Mixin
    private EndpointOptions options;

    @Parameters(paramLabel = "NAME", description = "An endpoint that was added.")
    private String name;

    @Option(names = "--url", paramLabel = "URL", description = "Where to send notifications.")
    private String url;

    @Option(
            names = "--unset",
            paramLabel = "KEY",
            split = ",",
            description = "Settings that get their defaults back, such as subject-prefix.")
    private List<String> defaults = List.of();

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        Map<String, String> settings = options.settings(spec);
        if (url != null) {
            EndpointOptions.put(spec, settings, "url", url);
        }
        if (settings.isEmpty() && defaults.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "what to change is missing: --url, --secret, --events, --set or --unset");
        }
        defaults.stream().filter(settings::containsKey).findFirst().ifPresent(key -> {
            throw new ParameterException(
                    spec.commandLine(), key + " is set and unset: give it a value, or its default back");
        });
        EndpointRequest request = new EndpointRequest(configuration, instances.instance(configuration.http()), name);
        TargetSystems.announce(spec, TargetSystems.kafka(configuration));
        List<String> changed = new ArrayList<>(settings.keySet());
        changed.addAll(defaults);
        request.run(
                "webhooks change", String.join(",", changed), requests -> requests.change(name, settings, defaults));
        spec.commandLine().getOut().println(request.awaitState(state -> true, "is changed"));
        return 0;
    }
}

package io.waltally.app.command.webhook;

import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.TargetSystems;
import io.waltally.app.config.Configuration;
import io.waltally.app.webhook.EndpointRequests;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Seals the settings of added endpoints with another key. */
@Command(
        name = "reseal",
        header = "Seal the settings of all added endpoints with the first key of webhooks.sealing-keys.",
        description = {
            "To rotate the key: put a new one first and restart all instances, reseal, then take the old one away.",
            ""
        })
final class WebhooksResealCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        TargetSystems.announce(spec, TargetSystems.kafka(configuration));
        List<String> sealed = EndpointRequest.record(configuration, "webhooks reseal", "", EndpointRequests::reseal);
        spec.commandLine()
                .getOut()
                .println(
                        sealed.isEmpty()
                                ? "no endpoint was added"
                                : "sealed with the first key: " + String.join(", ", sealed));
        return 0;
    }
}

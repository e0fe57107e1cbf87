package io.waltally.app.doctor;

import io.waltally.app.config.Configuration;
import io.waltally.app.webhook.KnownEndpoint;
import io.waltally.app.webhook.KnownEndpoints;
import io.waltally.schemas.topic.TopicCatalogue;
import java.util.ArrayList;
import java.util.List;

/** The endpoints that were added at run time: whether their settings can be read, and whether they can be connected to. */
record AddedEndpointsCheck(Configuration configuration, TopicCatalogue catalogue) implements Check {
    @Override
    public String name() {
        return "added endpoints";
    }

    @Override
    public List<Finding> run() {
        List<Finding> findings = new ArrayList<>();
        for (KnownEndpoint known : KnownEndpoints.read(configuration, catalogue)) {
            known.problem()
                    .ifPresent(problem -> findings.add(Finding.warning(
                            "endpoint " + known.name(),
                            problem,
                            known.added()
                                    ? "correct webhooks.sealing-keys, change the endpoint, or remove it"
                                    : "waltally webhooks remove " + known.name())));
            if (known.added()) {
                known.endpoint().ifPresent(endpoint -> findings.addAll(new EndpointCheck(endpoint).run()));
            }
        }
        return findings;
    }
}

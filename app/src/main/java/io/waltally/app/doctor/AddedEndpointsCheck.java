package io.waltally.app.doctor;

import io.waltally.app.config.Configuration;
import io.waltally.app.doctor.check.Check;
import io.waltally.app.doctor.check.Finding;
import io.waltally.app.doctor.check.ProbeExecutor;
import io.waltally.app.doctor.kafka.KafkaCheck;
import io.waltally.app.doctor.kafka.TopicCheck;
import io.waltally.app.webhook.KnownEndpoint;
import io.waltally.app.webhook.KnownEndpoints;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.webhooks.send.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The endpoints that were added at run time: whether their settings can be read, and whether they can be connected to.
 */
record AddedEndpointsCheck(Configuration configuration, TopicCatalogue catalogue) implements Check {
    @Override
    public String name() {
        return "added endpoints";
    }

    @Override
    public Set<String> needs() {
        return Set.of(KafkaCheck.NAME, TopicCheck.NAME, RegistryCheck.NAME);
    }

    @Override
    public List<Finding> run() {
        List<Finding> findings = new ArrayList<>();
        List<Endpoint> added = new ArrayList<>();
        for (KnownEndpoint known : KnownEndpoints.read(configuration, catalogue)) {
            known.problem()
                    .ifPresent(problem -> findings.add(Finding.warning(
                            "endpoint " + known.name(),
                            problem,
                            known.added()
                                    ? "correct webhooks.sealing-keys, change the endpoint, or remove it"
                                    : "waltally webhooks remove " + known.name())));
            if (known.added()) {
                known.endpoint().ifPresent(added::add);
            }
        }
        ProbeExecutor.map(added, endpoint -> new EndpointCheck(endpoint).run()).forEach(findings::addAll);
        return findings;
    }
}

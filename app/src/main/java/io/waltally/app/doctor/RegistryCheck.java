package io.waltally.app.doctor;

import io.waltally.app.config.Configuration;
import io.waltally.app.doctor.check.Check;
import io.waltally.app.doctor.check.Finding;
import io.waltally.app.doctor.check.UnusableServerException;
import io.waltally.app.failure.RegistryFailure;
import io.waltally.app.failure.ServerFailure;
import io.waltally.app.run.ExternalSystems;
import io.waltally.schemas.topic.SubjectProvisioning;
import io.waltally.schemas.topic.TopicCatalogue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Checks the registry, and whether it accepts waltally's own schemas, those of the catalogue. {@link SchemaCheck}
 * checks the schemas of tables.
 */
record RegistryCheck(Configuration configuration, TopicCatalogue catalogue) implements Check {
    static final String NAME = "registry";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Finding> run() throws UnusableServerException {
        Optional<ServerFailure> failure =
                ExternalSystems.registry(configuration.registry()).probe().check();
        if (failure.isPresent()) {
            throw new UnusableServerException(failure.get());
        }
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.ok(name(), RegistryFailure.server(configuration.registry()) + " answers"));
        List<String> incompatibilities =
                new SubjectProvisioning(configuration.registry().access()).incompatibilities(catalogue.ownSchemas());
        incompatibilities.forEach(incompatibility -> findings.add(Finding.error(name(), incompatibility)));
        if (incompatibilities.isEmpty()) {
            findings.add(Finding.ok(name(), "it takes all schemas of tallies and control topics"));
        }
        return findings;
    }
}

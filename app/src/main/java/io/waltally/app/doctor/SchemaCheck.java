package io.waltally.app.doctor;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.doctor.check.Check;
import io.waltally.app.doctor.check.Finding;
import io.waltally.app.doctor.kafka.KafkaCheck;
import io.waltally.app.doctor.kafka.KafkaProbe;
import io.waltally.app.doctor.kafka.TopicCheck;
import io.waltally.app.failure.RegistryFailure;
import io.waltally.app.run.role.CaptureRole;
import io.waltally.connectors.capture.CaptureInspection;
import io.waltally.schemas.Counted;
import io.waltally.schemas.topic.TopicCatalogue;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;

/** Checks whether the registry accepts the schemas that capture derives from the tables of a source. */
record SchemaCheck(Configuration configuration, SourceSettings source, TopicCatalogue catalogue) implements Check {
    @Override
    public String name() {
        return "schemas " + source.source();
    }

    @Override
    public Set<String> needs() {
        return Set.of(SourceCheck.NAME + source.source(), KafkaCheck.NAME, TopicCheck.NAME, RegistryCheck.NAME);
    }

    @Override
    public List<Finding> run() throws SQLException, InterruptedException {
        CaptureInspection.Schemas schemas = CaptureInspection.schemas(
                CaptureRole.config(configuration, source),
                CaptureRole.target(configuration, catalogue),
                KafkaProbe.hasTopic(
                        configuration.kafka(), catalogue.watermarks().name()));
        if (schemas.problems().isEmpty()) {
            return List.of(Finding.ok(
                    name(),
                    RegistryFailure.server(configuration.registry()) + " takes the schemas of "
                            + Counted.of(schemas.tables(), "table")));
        }
        return schemas.problems().stream()
                .map(problem -> Finding.error(name(), problem.what(), problem.remedy()))
                .toList();
    }
}

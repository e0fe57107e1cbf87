package io.waltally.app.doctor;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.doctor.check.Check;
import io.waltally.app.doctor.check.Finding;
import io.waltally.app.doctor.kafka.KafkaCheck;
import io.waltally.app.doctor.kafka.KafkaProbe;
import io.waltally.app.doctor.kafka.TopicCheck;
import io.waltally.app.run.role.CaptureRole;
import io.waltally.connectors.capture.CaptureInspection;
import io.waltally.schemas.topic.TopicCatalogue;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Whether capture can continue from its position in Kafka. */
record PositionCheck(Configuration configuration, SourceSettings source, TopicCatalogue catalogue) implements Check {
    @Override
    public String name() {
        return "position " + source.source();
    }

    @Override
    public Set<String> needs() {
        return Set.of(SourceCheck.NAME + source.source(), KafkaCheck.NAME, TopicCheck.NAME);
    }

    @Override
    public List<Finding> run() throws SQLException, InterruptedException {
        Optional<String> contradiction = CaptureInspection.contradiction(
                CaptureRole.config(configuration, source),
                KafkaProbe.hasTopic(
                                configuration.kafka(), catalogue.watermarks().name())
                        ? Optional.of(CaptureRole.target(configuration, catalogue))
                        : Optional.empty());
        return List.of(contradiction
                .map(why -> Finding.error(
                        name(), why, "waltally resume " + source.source() + " --new-epoch, if that is what is meant"))
                .orElseGet(() -> Finding.ok(
                        name(), "capture of " + source.source() + " can begin, or continue from its position")));
    }
}

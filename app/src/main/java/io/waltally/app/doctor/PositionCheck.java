package io.waltally.app.doctor;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.run.role.CaptureRole;
import io.waltally.connectors.capture.CaptureInspection;
import io.waltally.schemas.topic.TopicCatalogue;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;

/** Whether capture can continue from its position in Kafka. Says nothing if a server does not answer: others do. */
record PositionCheck(Configuration configuration, SourceSettings source, TopicCatalogue catalogue) implements Check {
    @Override
    public String name() {
        return "position " + source.source();
    }

    @Override
    public List<Finding> run() throws InterruptedException {
        try {
            Optional<String> contradiction = CaptureInspection.contradiction(
                    CaptureRole.config(configuration, source),
                    hasWatermarks() ? Optional.of(CaptureRole.target(configuration, catalogue)) : Optional.empty());
            return List.of(contradiction
                    .map(why -> Finding.error(
                            name(),
                            why,
                            "waltally resume " + source.source() + " --new-epoch, if that is what is meant"))
                    .orElseGet(() -> Finding.ok(
                            name(), "capture of " + source.source() + " can begin, or continue from its position")));
        } catch (SQLException | KafkaException e) {
            return List.of();
        }
    }

    private boolean hasWatermarks() throws InterruptedException {
        try (Admin admin = Admin.create(Map.copyOf(configuration.kafka().properties()))) {
            return Kafka.await(admin.listTopics().names())
                    .contains(catalogue.watermarks().name());
        }
    }
}

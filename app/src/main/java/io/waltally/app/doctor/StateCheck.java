package io.waltally.app.doctor;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.doctor.check.Check;
import io.waltally.app.doctor.check.Finding;
import io.waltally.app.doctor.kafka.KafkaCheck;
import io.waltally.app.doctor.kafka.KafkaProbe;
import io.waltally.app.doctor.kafka.TopicCheck;
import io.waltally.app.run.state.LocalState;
import io.waltally.pipeline.Pipeline;
import io.waltally.schemas.topic.TopicCatalogue;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Checks whether the topologies can resume from their state, by the same check as at their start. */
record StateCheck(Configuration configuration, TopicCatalogue catalogue) implements Check {
    @Override
    public String name() {
        return "state";
    }

    @Override
    public Set<String> needs() {
        return Set.of(KafkaCheck.NAME, TopicCheck.NAME);
    }

    @Override
    public List<Finding> run() throws InterruptedException {
        if (!KafkaProbe.hasTopic(
                configuration.kafka(), catalogue.streamsStates().name())) {
            return List.of(Finding.ok(name(), "the topologies have no state yet"));
        }
        Pipeline pipeline = new Pipeline(configuration.streams().pipeline(), catalogue);
        try {
            Optional<String> unusable = LocalState.inspect(configuration, catalogue, pipeline);
            return List.of(
                    unusable.isEmpty()
                            ? Finding.ok(name(), "the topologies can go on from it")
                            : Finding.warning(
                                    name(),
                                    "that of the state directory will not be used: " + unusable.get(),
                                    "nothing needs to be done: the next start sets it aside, and rebuilds it from the"
                                            + " changelogs"));
        } catch (ConfigException e) {
            // A running instance that uses the directory is no fault.
            boolean running =
                    e.key().equals(StateDirectoryCheck.KEY) && PortCheck.instanceAnswers(configuration.http());
            return List.of(running ? Finding.warning(name(), e.getMessage()) : Finding.error(name(), e.getMessage()));
        }
    }
}

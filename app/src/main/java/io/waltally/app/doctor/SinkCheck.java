package io.waltally.app.doctor;

import io.waltally.app.config.Account;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.ConfiguredSink;
import io.waltally.app.config.ConfiguredSink.Replica;
import io.waltally.app.config.ConfiguredSink.TargetDatabase;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.doctor.check.Check;
import io.waltally.app.doctor.check.Finding;
import io.waltally.app.doctor.check.Severity;
import io.waltally.app.run.role.TargetFactory;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.sinks.target.Target;
import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TargetException.Kind;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Checks whether a sink can write to its target. An instance starts without the target: one that does not answer is a
 * warning, since the sink waits for it, and one that an operator has to fix is an error.
 */
record SinkCheck(Configuration configuration, TopicCatalogue catalogue, ConfiguredSink sink) implements Check {
    @Override
    public String name() {
        return "sink " + sink.name();
    }

    /** The server of the source, if it is that, and the registry that knows the columns of a replica. */
    @Override
    public Set<String> needs() {
        Set<String> needs = new HashSet<>();
        if (sink.target().filter(TargetDatabase::ofSource).isPresent()) {
            needs.add(SourceCheck.NAME + sink.source());
        }
        if (sink instanceof Replica) {
            needs.add(RegistryCheck.NAME);
        }
        return needs;
    }

    @Override
    public List<Finding> run() {
        try (Target target = new TargetFactory(configuration, catalogue).target(sink)) {
            target.check();
            return List.of(Finding.ok(
                    name(),
                    sink.destination() + " can be written"
                            + sink.target()
                                    .map(database ->
                                            " by role " + database.account().user())
                                    .orElse("")));
        } catch (TargetException e) {
            Severity severity = e.kind() == Kind.UNAVAILABLE ? Severity.WARNING : Severity.ERROR;
            String consequence = severity == Severity.WARNING ? "the sink waits: " : "the sink cannot write: ";
            return List.of(new Finding(
                    severity,
                    name(),
                    consequence + e.problem(),
                    Optional.of(e.remedy().orElseGet(this::remedy))));
        }
    }

    private String remedy() {
        return sink.target()
                .map(database -> "correct " + login(database)
                        + ", start the server, or make the target as docs/sinks.md describes it")
                .orElse("give this user a directory that it may write (warehouse of sink " + sink.name() + ")");
    }

    /** The settings that the login comes from. */
    private String login(TargetDatabase database) {
        SourceSettings source = configuration.sources().get(sink.source());
        Account account = database.account();
        if (source != null && source.sink().filter(account::equals).isPresent()) {
            return source.key("sink.user") + " and " + source.key("sink.password");
        }
        if (source != null && database.ofSource() && source.account().equals(account)) {
            return source.key("user") + " and " + source.key("password");
        }
        return "url, user and password of sink " + sink.name();
    }
}

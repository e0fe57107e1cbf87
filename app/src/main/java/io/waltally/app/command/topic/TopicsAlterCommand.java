package io.waltally.app.command.topic;

import io.waltally.app.audit.AuditLog;
import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.Confirmation;
import io.waltally.app.command.common.TargetSystems;
import io.waltally.app.config.Configuration;
import io.waltally.schemas.Counted;
import io.waltally.schemas.topic.DeviationSeverity;
import io.waltally.schemas.topic.PropertyState;
import io.waltally.schemas.topic.TopicAlteration;
import io.waltally.schemas.topic.TopicState;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Alters existing topics to match the configuration. */
@Command(
        name = "alter",
        header = "Change the properties of existing topics to those of the configuration.",
        description = {
            "Shows each difference and what the change destroys, if anything, then asks. Partitions and replicas cannot be"
                    + " changed in place: says what to do instead, and exits 1 if a guarantee is broken until then. Does"
                    + " nothing where nothing differs, and may be repeated. Running instances need no restart.",
            ""
        })
final class TopicsAlterCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Parameters(paramLabel = "TOPIC", arity = "0..*", description = "Only these (default: all).")
    private List<String> names = List.of();

    @Option(names = "--dry-run", description = "Only show what would be done.")
    private boolean dryRun;

    @Option(names = "--yes", description = "Do not ask. Required without a terminal.")
    private boolean yes;

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        if (!dryRun) {
            TargetSystems.announce(spec, TargetSystems.kafka(configuration));
        }
        TopicsClient topics = new TopicsClient(configuration);
        List<TopicState> states = topics.states(names);
        List<TopicAlteration> alterations = states.stream()
                .filter(TopicState::exists)
                .map(TopicAlteration::of)
                .toList();
        PrintWriter out = spec.commandLine().getOut();
        alterations.forEach(alteration -> show(alteration, out));
        explain(alterations, out);
        states.stream()
                .filter(state -> !state.exists())
                .forEach(state -> out.println(state.topic().name() + " does not exist ('waltally topics create')"));
        int changes = alterations.stream()
                .mapToInt(alteration -> alteration.changes().size())
                .sum();
        if (changes == 0) {
            out.println("nothing to change");
        } else if (dryRun) {
            out.println(counted(changes) + " would be changed");
        } else {
            out.flush();
            Confirmation.requireUnless(yes, counted(changes) + " will be changed.", "yes");
            AuditLog.run("topics alter", counted(changes), () -> alter(topics, alterations));
            out.println(counted(changes) + " changed");
        }
        out.flush();
        return blocked(alterations) ? 1 : 0;
    }

    private static void alter(TopicsClient topics, List<TopicAlteration> alterations) {
        Map<String, String> refused = topics.provision(provisioning -> provisioning.alter(alterations));
        if (!refused.isEmpty()) {
            long wanted = alterations.stream()
                    .filter(alteration -> !alteration.changes().isEmpty())
                    .count();
            StringBuilder message = new StringBuilder((wanted - refused.size()) + " of "
                    + Counted.of(wanted, "topic was", "topics were") + " altered; not altered:");
            refused.forEach((topic, reason) ->
                    message.append("\n  ").append(topic).append(": ").append(reason));
            throw new CommandFailure(message.toString());
        }
    }

    private static String counted(int changes) {
        return Counted.of(changes, "property", "properties");
    }

    private static void show(TopicAlteration alteration, PrintWriter out) {
        if (alteration.changes().isEmpty() && alteration.obstacles().isEmpty()) {
            return;
        }
        out.println(alteration.state().topic().name());
        for (PropertyState change : alteration.changes()) {
            out.println(String.format(
                    Locale.ROOT,
                    "  %-32s %s -> %s%s",
                    change.name(),
                    change.actualText(),
                    change.wantedText(),
                    TopicAlteration.loss(change).map(loss -> ": " + loss).orElse("")));
        }
        alteration.obstacles().forEach(obstacle -> out.println("  " + obstacle.property() + ": not changed"));
    }

    /** Prints each explanation once, because most topics have the same. */
    private static void explain(List<TopicAlteration> alterations, PrintWriter out) {
        alterations.stream()
                .flatMap(alteration -> alteration.obstacles().stream())
                .map(obstacle -> obstacle.property().name() + " is not changed, because it " + obstacle.reason())
                .distinct()
                .forEach(out::println);
    }

    private static boolean blocked(List<TopicAlteration> alterations) {
        return alterations.stream()
                .flatMap(alteration -> alteration.obstacles().stream())
                .anyMatch(obstacle -> obstacle.property().deviation() == DeviationSeverity.BREAKING);
    }
}

package io.waltally.app.command.deadletter;

import io.waltally.app.audit.AuditLog;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.Confirmation;
import io.waltally.app.command.common.TargetSystems;
import io.waltally.app.config.Configuration;
import io.waltally.app.deadletter.DeadLetterHistory;
import io.waltally.app.deadletter.DeadLetterStage;
import io.waltally.app.deadletter.DeadLetterTopics;
import io.waltally.schemas.topic.TopicCatalogue;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Marks dead letters as dropped. */
@Command(
        name = "drop",
        header = "Give open dead letters up, so that they are not counted and replayed any more.",
        description = {
            "They stay in their topics for topics.dead-letter-retention: 'dlq list --state dropped' shows them, and 'dlq"
                    + " replay --id' still puts one back. Rows that a dead letter of topologies made uncertain remain"
                    + " uncertain until a later record.",
            ""
        })
final class DlqDropCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Option(
            names = "--stage",
            paramLabel = "capture|streams|webhooks|sinks",
            description = "Only those of this stage (default: all).")
    private DeadLetterStage stage;

    @Mixin
    private DeadLetterOptions options;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Kept with them, for 'dlq show'.")
    private String reason = "";

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        TargetSystems.announce(spec, TargetSystems.kafka(configuration));
        TopicCatalogue topics = configuration.catalogue();
        DeadLetterTopics letters = new DeadLetterTopics(configuration.kafka(), topics);
        List<DeadLetterStage> stages = stage == null ? List.of(DeadLetterStage.values()) : List.of(stage);
        DeadLetterOptions.Selection selection = options.select(configuration, letters, stages);
        options.requireIds(selection.letters(), stages, topics);
        List<DeadLetterHistory> open =
                selection.letters().stream().filter(DeadLetterHistory::isOpen).toList();
        if (!open.isEmpty()) {
            Confirmation.require(
                    "Gives up " + DeadLetterTexts.count(open.size()) + ": waltally will not try "
                            + (open.size() == 1 ? "it" : "them") + " again.",
                    "drop");
            AuditLog.run(
                    "dlq drop",
                    DeadLetterTexts.count(open.size()),
                    () -> letters.drop(
                            selection.ledger(),
                            open.stream().map(DeadLetterHistory::letter).toList(),
                            reason));
        }
        spec.commandLine().getOut().println(DeadLetterTexts.count(open.size()) + " dropped");
        return 0;
    }
}

package io.waltally.app.command;

import io.waltally.app.audit.AuditLog;
import io.waltally.app.config.Configuration;
import io.waltally.app.deadletter.DeadLetter;
import io.waltally.app.deadletter.DeadLetterStage;
import io.waltally.app.deadletter.DeadLetterTopics;
import io.waltally.schemas.TopicCatalogue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Sends dead letters to their stage again, after the cause was fixed. */
@Command(
        name = "replay",
        header = "Try dead letters of topologies, webhooks or sinks again, after the cause was fixed.",
        description = {
            "Topologies: a dead letter is applied if its row is still uncertain because of it. If a later record has"
                    + " repaired the row, or if the record is still unreadable, nothing changes; nor does it if it was replayed before.",
            "",
            "Webhooks: each goes to the endpoint that did not accept it, whatever its events and subject-prefix are now,"
                    + " with its id. One that was replayed before is sent again.",
            "",
            "Sinks: each goes to the sink that its target refused it from. It is written if no later record of its key"
                    + " has been; a notification is always written, again too if it was replayed before.",
            ""
        })
final class DlqReplayCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Option(
            names = "--stage",
            paramLabel = "streams|webhooks|sinks",
            required = true,
            description = "Stage of the dead letters.")
    private DeadLetterStage stage;

    @Mixin
    private DeadLetterOptions options;

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        if (stage == DeadLetterStage.CAPTURE) {
            throw new CommandFailure("dead letters of capture cannot be put back, for the row may have"
                    + " changed since: 'waltally snapshot SOURCE.TABLE --from KEY --to KEY' reads it as it is now"
                    + " ('waltally dlq list --stage capture' shows the keys)");
        }
        ActingOn.announce(spec, ActingOn.kafka(configuration));
        TopicCatalogue topics = DeadLetterOptions.topics(configuration);
        DeadLetterTopics letters = new DeadLetterTopics(configuration.kafka(), topics);
        // A record that was read twice became two dead letters.
        Map<String, DeadLetter> selected = new LinkedHashMap<>();
        options.select(configuration, letters, List.of(stage))
                .forEach(letter -> selected.put(
                        letter.id()
                                + letter.endpoint()
                                        .or(letter::sink)
                                        .map(name -> " to " + name)
                                        .orElse(""),
                        letter));
        Set<String> found = selected.values().stream().map(DeadLetter::id).collect(Collectors.toSet());
        List<String> missing =
                options.ids().stream().filter(id -> !found.contains(id)).toList();
        if (!missing.isEmpty()) {
            throw new CommandFailure("no dead letter " + String.join(", ", missing) + " in "
                    + stage.topic(topics).name() + "; 'waltally dlq list --stage " + stage.id()
                    + "' shows what there is");
        }
        selected.values().forEach(letter -> {
            letter.endpoint().ifPresent(name -> requireConfigured(configuration, name));
            letter.sink().ifPresent(name -> requireSink(configuration, name));
        });
        AuditLog.run(
                "dlq replay",
                stage.id() + " " + selected.size() + (selected.size() == 1 ? " dead letter" : " dead letters"),
                () -> letters.replay(selected.values()));
        spec.commandLine()
                .getOut()
                .println(selected.size() + (selected.size() == 1 ? " dead letter" : " dead letters")
                        + " put back; "
                        + (stage == DeadLetterStage.WEBHOOKS
                                ? "'waltally dlq list' shows those that fail again"
                                : "the log of the instance that has the partition says what became of each"));
        return 0;
    }

    private static void requireConfigured(Configuration configuration, String endpoint) {
        if (configuration.webhooks().endpoints().stream()
                .noneMatch(configured -> configured.name().equals(endpoint))) {
            throw new CommandFailure("endpoint " + endpoint + " is not configured (webhooks.endpoints), so nobody would"
                    + " send to it; choose others with --endpoint NAME");
        }
    }

    private static void requireSink(Configuration configuration, String sink) {
        if (configuration.sinks().active().stream()
                .noneMatch(configured -> configured.name().equals(sink))) {
            throw new CommandFailure("sink " + sink + " is not configured (sinks), or its mode is off, so nobody would"
                    + " write to it; choose others with --sink NAME");
        }
    }
}

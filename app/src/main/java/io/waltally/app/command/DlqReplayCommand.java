package io.waltally.app.command;

import io.waltally.app.config.Configuration;
import io.waltally.app.deadletter.DeadLetter;
import io.waltally.app.deadletter.DeadLetterStage;
import io.waltally.app.deadletter.DeadLetterTopics;
import io.waltally.schemas.TopicCatalogue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Dead letters once more, after what was wrong has been mended. */
@Command(
        name = "replay",
        header = "Put dead letters of the topologies back, once what was wrong is mended.",
        description = {
            "Those that run fold each one if its row is still in doubt on its account. One whose row a later record has"
                    + " repaired, or that still cannot be read, changes nothing; so does one that was put back before.",
            ""
        })
final class DlqReplayCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Option(names = "--stage", paramLabel = "streams", required = true, description = "Whose dead letters.")
    private DeadLetterStage stage;

    @Mixin
    private DeadLetterOptions options;

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        switch (stage) {
            case CAPTURE ->
                throw new CommandFailure("dead letters of capture cannot be put back, for the row may have"
                        + " changed since: 'waltally snapshot SOURCE.TABLE --from KEY --to KEY' reads it as it is now"
                        + " ('waltally dlq list --stage capture' shows the keys)");
            case WEBHOOKS -> throw new CommandFailure("stage webhooks is not built yet: it has no dead letters");
            case STREAMS -> {}
        }
        TopicCatalogue topics = DeadLetterOptions.topics(configuration);
        DeadLetterTopics letters = new DeadLetterTopics(configuration.kafka(), topics);
        // A record that was read twice was set aside twice.
        Map<String, DeadLetter> selected = new LinkedHashMap<>();
        options.select(configuration, letters, List.of(stage)).forEach(letter -> selected.put(letter.id(), letter));
        List<String> missing =
                options.ids().stream().filter(id -> !selected.containsKey(id)).toList();
        if (!missing.isEmpty()) {
            throw new CommandFailure("no dead letter " + String.join(", ", missing) + " in "
                    + topics.streamsDeadLetters().name() + "; 'waltally dlq list --stage streams' shows what there is");
        }
        letters.replay(selected.values());
        spec.commandLine()
                .getOut()
                .println(selected.size() + (selected.size() == 1 ? " dead letter" : " dead letters")
                        + " put back; the log of the instance that has the partition tells what became of each");
        return 0;
    }
}

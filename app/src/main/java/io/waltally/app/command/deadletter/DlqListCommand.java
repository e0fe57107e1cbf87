package io.waltally.app.command.deadletter;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.TerminalText;
import io.waltally.app.config.Configuration;
import io.waltally.app.deadletter.DeadLetter;
import io.waltally.app.deadletter.DeadLetterContents;
import io.waltally.app.deadletter.DeadLetterHistory;
import io.waltally.app.deadletter.DeadLetterJson;
import io.waltally.app.deadletter.DeadLetterStage;
import io.waltally.app.deadletter.DeadLetterTopics;
import io.waltally.app.tally.Json;
import io.waltally.schemas.topic.TopicCatalogue;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Lists dead letters. */
@Command(
        name = "list",
        header = "Show open dead letters: where each comes from, the row's key or the event, and the reason.",
        description = {
            "Reads the dead letter topics, whichever process runs the pipeline. A dead letter is open until a replay has"
                    + " taken effect, or until it is dropped.",
            ""
        })
final class DlqListCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Option(
            names = "--stage",
            paramLabel = "capture|streams|webhooks|sinks",
            description = "Only those of this stage (default: all).")
    private DeadLetterStage stage;

    @Option(
            names = "--state",
            paramLabel = "open|replayed|dropped|all",
            description = "Only those in this state (default: open).")
    private ListedState state = ListedState.OPEN;

    @Option(names = "--limit", paramLabel = "N", description = "Only the last N (default: all).")
    private Integer limit;

    @Mixin
    private DeadLetterOptions options;

    @Option(names = "--json", description = "One JSON document on stdout.")
    private boolean json;

    private enum ListedState {
        OPEN,
        REPLAYED,
        DROPPED,
        ALL;

        boolean accepts(DeadLetterHistory filed) {
            return this == ALL || filed.state().name().equals(name());
        }

        /** For completion and messages. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Override
    public Integer call() {
        common.applyVerbosity();
        if (limit != null && limit < 1) {
            throw new ParameterException(spec.commandLine(), "--limit is " + limit + ": must be at least 1");
        }
        Configuration configuration = common.configuration(Map.of());
        TopicCatalogue topics = configuration.catalogue();
        List<DeadLetterStage> stages = stage == null ? List.of(DeadLetterStage.values()) : List.of(stage);
        List<DeadLetterHistory> selected = options.select(
                        configuration, new DeadLetterTopics(configuration.kafka(), topics), stages)
                .letters();
        options.requireIds(selected, stages, topics);
        List<DeadLetterHistory> letters =
                selected.stream().filter(state::accepts).toList();
        List<DeadLetterHistory> shown =
                limit == null ? letters : letters.subList(Math.max(0, letters.size() - limit), letters.size());
        DeadLetterContents contents = new DeadLetterContents(topics);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            DeadLetterJson documents = new DeadLetterJson(contents);
            ArrayNode items = JsonNodeFactory.instance.arrayNode();
            shown.forEach(filed -> items.add(documents.summary(filed)));
            out.println(Json.pretty(JsonNodeFactory.instance
                    .objectNode()
                    .put("total", letters.size())
                    .set("items", items)));
        } else {
            shown.forEach(filed -> print(filed, contents, out));
            out.println((shown.size() < letters.size() ? "the last " + shown.size() + " of " : "")
                    + DeadLetterTexts.count(letters.size()));
        }
        out.flush();
        return 0;
    }

    private static void print(DeadLetterHistory filed, DeadLetterContents contents, PrintWriter out) {
        DeadLetter letter = filed.letter();
        out.println(letter.id() + "  " + letter.time()
                + contents.eventType(letter)
                        .map(type -> "  " + TerminalText.of(type))
                        .orElse("")
                + contents.key(letter).map(key -> "  " + key).orElse("")
                + contents.bucket(letter)
                        .map(bucket -> "  in bucket " + TerminalText.of(bucket))
                        .orElse(""));
        out.println("  " + letter.stage().id()
                + letter.endpoint().map(name -> " to " + name).orElse("")
                + letter.sink().map(name -> ", sink " + name).orElse("") + ": "
                + TerminalText.of(letter.reason().message()));
        filed.result().ifPresent(result -> out.println("  " + DeadLetterHistory.word(result)));
        filed.awaitedSince()
                .ifPresentOrElse(
                        since -> out.println("  put back at " + since + "; its result is awaited"),
                        () -> refusedBefore(filed, out));
    }

    private static void refusedBefore(DeadLetterHistory filed, PrintWriter out) {
        if (filed.isOpen() && !filed.events().isEmpty()) {
            out.println("  last: "
                    + DeadLetterTexts.line(filed.events().get(filed.events().size() - 1)));
        }
    }
}

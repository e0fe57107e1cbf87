package io.waltally.app.command.deadletter;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.TerminalText;
import io.waltally.app.config.Configuration;
import io.waltally.app.deadletter.DeadLetter;
import io.waltally.app.deadletter.DeadLetterContents;
import io.waltally.app.deadletter.DeadLetterHistory;
import io.waltally.app.deadletter.DeadLetterJson;
import io.waltally.app.deadletter.DeadLetterLedger;
import io.waltally.app.deadletter.DeadLetterStage;
import io.waltally.app.deadletter.DeadLetterTopics;
import io.waltally.app.deadletter.LetterHeaders;
import io.waltally.app.tally.Json;
import io.waltally.schemas.topic.TopicCatalogue;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows all that is known of a dead letter. */
@Command(
        name = "show",
        header = "Show a dead letter: its record, decoded where possible, the reason, and what happened to it.",
        description = {"Prints the values of rows and notifications.", ""})
final class DlqShowCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Parameters(
            paramLabel = "ID",
            description = "As 'dlq list' names it. Of a record that several endpoints or sinks did not take, all are"
                    + " shown.")
    private String id;

    @Option(names = "--json", description = "One JSON document on stdout.")
    private boolean json;

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        TopicCatalogue topics = configuration.catalogue();
        DeadLetterLedger ledger = DeadLetterOptions.read(
                configuration,
                new DeadLetterTopics(configuration.kafka(), topics),
                List.of(DeadLetterStage.values()),
                letter -> letter.id().equals(id));
        List<DeadLetterHistory> letters = ledger.letters();
        if (letters.isEmpty()) {
            throw CommandFailure.wrongUsage(
                    "there is no dead letter " + id + "; 'waltally dlq list --state all' shows what there is");
        }
        DeadLetterContents contents = new DeadLetterContents(topics);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            DeadLetterJson documents = new DeadLetterJson(contents);
            ArrayNode items = JsonNodeFactory.instance.arrayNode();
            letters.forEach(filed -> items.add(documents.whole(filed)));
            out.println(Json.pretty(JsonNodeFactory.instance.objectNode().set("items", items)));
        } else {
            letters.forEach(filed -> print(filed, contents, out));
        }
        out.flush();
        return 0;
    }

    private static void print(DeadLetterHistory filed, DeadLetterContents contents, PrintWriter out) {
        DeadLetter letter = filed.letter();
        out.println(letter.name());
        line(
                out,
                "state",
                filed.state().id()
                        + filed.result()
                                .map(result -> ", " + DeadLetterHistory.word(result))
                                .orElse(""));
        filed.successor().ifPresent(later -> line(out, "now", DeadLetterJson.place(later)));
        line(out, "stage", letter.stage().id());
        line(out, "stored", DeadLetterJson.place(letter));
        line(out, "time", letter.time().toString());
        line(out, "reason", letter.reason().message());
        line(out, "exception", letter.reason().exception());
        contents.key(letter).ifPresent(key -> line(out, "key", key.toString()));
        out.println("  headers");
        LetterHeaders.of(letter).forEach((name, value) -> out.println("    " + TerminalText.of(name + ": " + value)));
        try {
            out.println("  value");
            Json.pretty(contents.value(letter)).lines().forEach(text -> out.println("    " + TerminalText.of(text)));
        } catch (DeadLetterContents.UnreadableException e) {
            out.println("    " + TerminalText.of(e.getMessage()));
        }
        out.println("  history");
        if (filed.events().isEmpty()) {
            out.println("    nothing has happened to it since it was set aside");
        }
        filed.events().forEach(event -> out.println("    " + DeadLetterTexts.line(event)));
    }

    private static void line(PrintWriter out, String name, String value) {
        out.println("  %-10s %s".formatted(name, TerminalText.of(value)));
    }
}

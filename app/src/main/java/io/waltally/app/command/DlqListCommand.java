package io.waltally.app.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waltally.app.config.Configuration;
import io.waltally.app.deadletter.DeadLetter;
import io.waltally.app.deadletter.DeadLetterStage;
import io.waltally.app.deadletter.DeadLetterTopics;
import io.waltally.app.tally.Json;
import io.waltally.schemas.TopicCatalogue;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists dead letters. */
@Command(
        name = "list",
        header = "Show dead letters: where each comes from, the row's key or the subject, and the reason.",
        description = {"Reads the dead letter topics, whichever process runs the pipeline.", ""})
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

    @Mixin
    private DeadLetterOptions options;

    @Option(names = "--json", description = "One JSON document on stdout.")
    private boolean json;

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        TopicCatalogue topics = DeadLetterOptions.topics(configuration);
        List<DeadLetter> letters = options.select(
                configuration,
                new DeadLetterTopics(configuration.kafka(), topics),
                stage == null ? List.of(DeadLetterStage.values()) : List.of(stage));
        RowKeys keys = new RowKeys(topics);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            ArrayNode items = JsonNodeFactory.instance.arrayNode();
            letters.forEach(letter -> items.add(item(letter, keys)));
            out.println(Json.pretty(JsonNodeFactory.instance.objectNode().set("items", items)));
        } else {
            letters.forEach(letter -> {
                out.println(letter.id() + "  " + letter.time()
                        + keys.of(letter).map(key -> "  " + key).orElse(""));
                out.println("  " + letter.stage().id()
                        + letter.endpoint().map(name -> " to " + name).orElse("")
                        + letter.sink().map(name -> ", sink " + name).orElse("") + ": "
                        + letter.reason().message());
            });
            out.println(letters.size() + (letters.size() == 1 ? " dead letter" : " dead letters"));
        }
        out.flush();
        return 0;
    }

    private static ObjectNode item(DeadLetter letter, RowKeys keys) {
        ObjectNode item = JsonNodeFactory.instance.objectNode();
        item.put("id", letter.id());
        item.put("stage", letter.stage().id());
        item.put("endpoint", letter.endpoint().orElse(null));
        item.put("sink", letter.sink().orElse(null));
        item.put("source", letter.source().map(source -> source.id()).orElse(null));
        item.put("topic", letter.reason().topic());
        letter.reason()
                .partition()
                .ifPresentOrElse(partition -> item.put("partition", partition), () -> item.putNull("partition"));
        letter.reason().offset().ifPresentOrElse(offset -> item.put("offset", offset), () -> item.putNull("offset"));
        item.set("key", keys.of(letter).orElse(JsonNodeFactory.instance.nullNode()));
        item.put("time", letter.time().toString());
        item.put("exception", letter.reason().exception());
        item.put("message", letter.reason().message());
        item.put("attributed", letter.isAttributed());
        return item;
    }
}

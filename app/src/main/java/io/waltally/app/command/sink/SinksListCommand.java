package io.waltally.app.command.sink;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.InstanceOptions;
import io.waltally.app.command.common.RunningInstance;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.ConfiguredSink;
import io.waltally.app.tally.Json;
import io.waltally.app.terminal.TextTable;
import io.waltally.app.terminal.TextTable.Column;
import io.waltally.schemas.Counted;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists the configured sinks, with what a running instance says of them. */
@Command(
        name = "list",
        header = "Show the configured sinks: state, lag, rows, and up to which LSN each target is complete.",
        description = {
            "Asks the instance at the configured address (http.host, http.port). If none answers there, only what is"
                    + " configured is shown; 'waltally status' asks Kafka as well.",
            ""
        })
final class SinksListCommand implements Callable<Integer> {
    static final String PATH = "/api/sinks";

    private static final String ABSENT = "-";
    private static final String OFF = "off";
    private static final String UNKNOWN = "unknown";

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Mixin
    private InstanceOptions instances;

    @Option(names = "--json", description = "One JSON document on stdout.")
    private boolean json;

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        RunningInstance running = instances.instance(configuration.http());
        Optional<Map<String, JsonNode>> own = running.namedItems(PATH);
        PrintWriter out = spec.commandLine().getOut();
        ArrayNode items = JsonNodeFactory.instance.arrayNode();
        configuration.sinks().sinks().forEach(sink -> items.add(item(sink, own.orElse(Map.of()))));
        if (json) {
            out.println(Json.pretty(JsonNodeFactory.instance.objectNode().set("items", items)));
        } else {
            print(items, out);
            if (own.isEmpty() && !items.isEmpty()) {
                out.println("no instance at " + running + " runs sinks; 'waltally run' starts one");
            }
        }
        out.flush();
        return 0;
    }

    private static JsonNode item(ConfiguredSink sink, Map<String, JsonNode> own) {
        if (own.containsKey(sink.name())) {
            return own.get(sink.name());
        }
        ObjectNode item = JsonNodeFactory.instance.objectNode();
        item.put("name", sink.name());
        item.put("type", sink.type());
        item.put("destination", sink.destination());
        item.put("state", sink.active() ? UNKNOWN : OFF);
        return item;
    }

    private static void print(ArrayNode items, PrintWriter out) {
        TextTable table = new TextTable(
                Column.text("SINK"),
                Column.text("TYPE"),
                Column.text("STATE"),
                Column.figures("LAG"),
                Column.figures("LAG TIME"),
                Column.figures("ROWS"),
                Column.text("APPLIED LSN"),
                Column.text("TO"));
        items.forEach(sink -> {
            boolean known = sink.has("rows");
            table.row(
                    sink.path("name").asText(),
                    sink.path("type").asText(),
                    sink.path("state").asText(),
                    known ? Counted.of(sink.at("/lag/records").asLong(), "record") : ABSENT,
                    known
                            ? String.format(
                                    Locale.ROOT,
                                    "%.1f s",
                                    sink.at("/lag/seconds").asDouble())
                            : ABSENT,
                    known ? sink.path("rows").asText() : ABSENT,
                    sink.path("applied_lsn").isTextual()
                            ? sink.path("applied_lsn").asText()
                            : ABSENT,
                    sink.path("destination").asText());
            if (sink.path("reason").isTextual()) {
                table.text("  " + sink.path("reason").asText());
            }
        });
        table.lines().forEach(out::println);
        out.println(Counted.of(items.size(), "sink"));
    }
}

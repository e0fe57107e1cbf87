package io.waltally.app.command.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.InstanceOptions;
import io.waltally.app.command.common.RunningInstance;
import io.waltally.app.command.common.TerminalText;
import io.waltally.app.config.Configuration;
import io.waltally.app.tally.Json;
import io.waltally.app.terminal.TextTable;
import io.waltally.app.terminal.TextTable.Column;
import io.waltally.app.webhook.KnownEndpoint;
import io.waltally.app.webhook.KnownEndpoints;
import io.waltally.schemas.Counted;
import io.waltally.webhooks.send.Endpoint;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists endpoints. */
@Command(
        name = "list",
        header = "List endpoints, and how delivery to each goes.",
        description = {
            "Those of the configuration, and those that were added, as Kafka has them. Counts and attempts are those of the"
                    + " instance at the configured address (http.host, http.port), if one answers there that delivers.",
            ""
        })
final class WebhooksListCommand implements Callable<Integer> {
    static final String PATH = "/api/webhooks";

    private static final String ABSENT = "-";

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Mixin
    private InstanceOptions instances;

    @Option(names = "--attempts", description = "Also the last attempts of each: time, status, duration, event.")
    private boolean attempts;

    @Option(names = "--json", description = "One JSON document on stdout.")
    private boolean json;

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        RunningInstance running = instances.instance(configuration.http());
        Optional<Map<String, JsonNode>> own = running.namedItems(PATH);
        ArrayNode items = JsonNodeFactory.instance.arrayNode();
        known(configuration).forEach(endpoint -> items.add(item(endpoint, own.orElse(Map.of()))));
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.pretty(JsonNodeFactory.instance.objectNode().set("items", items)));
        } else {
            print(items, out);
            if (own.isEmpty() && !items.isEmpty()) {
                out.println("no instance at " + running + " delivers; 'waltally run' starts one");
            }
        }
        out.flush();
        return 0;
    }

    private static List<KnownEndpoint> known(Configuration configuration) {
        try {
            return KnownEndpoints.read(configuration, configuration.catalogue());
        } catch (KafkaException e) {
            throw new CommandFailure(
                    "endpoints that were added cannot be read from Kafka at "
                            + configuration.kafka().bootstrapServers() + " (kafka.bootstrap.servers)"
                            + (e instanceof TimeoutException ? ", which cannot be reached" : ": " + e.getMessage()),
                    e);
        }
    }

    private static ObjectNode item(KnownEndpoint known, Map<String, JsonNode> own) {
        ObjectNode item = JsonNodeFactory.instance.objectNode();
        item.put("name", known.name());
        item.put("added", known.added());
        item.put("target", known.endpoint().map(Endpoint::target).orElse(null));
        item.put("state", known.control().paused() ? "paused" : known.endpoint().isEmpty() ? "unreadable" : "unknown");
        JsonNode shown = own.get(known.name());
        if (shown instanceof ObjectNode object) {
            item.setAll(object);
        }
        known.problem().ifPresent(problem -> item.put("reason", problem));
        return item;
    }

    private void print(ArrayNode items, PrintWriter out) {
        TextTable table = new TextTable(
                Column.text("ENDPOINT"),
                Column.text("FROM"),
                Column.text("STATE"),
                Column.figures("DELIVERED"),
                Column.figures("FAILED"),
                Column.figures("WAITING"),
                Column.figures("LAG"),
                Column.text("TO"));
        for (JsonNode endpoint : items) {
            table.row(
                    endpoint.path("name").asText(),
                    endpoint.path("added").asBoolean() ? "run time" : "file",
                    endpoint.path("state").asText(),
                    endpoint.path("delivered").asText(ABSENT),
                    endpoint.path("failed_attempts").asText(ABSENT),
                    endpoint.path("unfinished").asText(ABSENT),
                    endpoint.path("lag").asText(ABSENT),
                    endpoint.path("target").asText(ABSENT));
            if (endpoint.path("reason").isTextual()) {
                table.text("  " + TerminalText.of(endpoint.path("reason").asText()));
            }
            if (attempts) {
                endpoint.path("recent_attempts").forEach(attempt -> table.text("  " + TerminalText.of(text(attempt))));
            }
        }
        table.lines().forEach(out::println);
        out.println(Counted.of(items.size(), "endpoint"));
    }

    private static String text(JsonNode attempt) {
        String failure = attempt.path("failure").isTextual()
                ? "  " + attempt.path("failure").asText()
                : "";
        return String.format(
                        Locale.ROOT,
                        "%-24s %4s %9.3f s  %s%s",
                        attempt.path("time").asText(),
                        attempt.path("status").isInt() ? attempt.path("status").asText() : ABSENT,
                        attempt.path("seconds").asDouble(),
                        attempt.path("event").asText()
                                + batch(attempt.path("events").asInt(1)),
                        failure)
                .stripTrailing();
    }

    private static String batch(int events) {
        return events == 1 ? "" : " (" + events + " events)";
    }
}

package io.waltally.app.command.topic;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.tally.Json;
import io.waltally.app.terminal.TextTable;
import io.waltally.app.terminal.TextTable.Column;
import io.waltally.schemas.Counted;
import io.waltally.schemas.topic.DeviationSeverity;
import io.waltally.schemas.topic.PropertyState;
import io.waltally.schemas.topic.TopicState;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.common.config.TopicConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Compares existing topics with the configuration. */
@Command(
        name = "describe",
        header = "Compare topics with the configuration.",
        description = {
            "Shows partitions, replicas and cleanup of each topic, and below it what differs: ! breaks a guarantee,"
                    + " ~ breaks none. With names, shows all properties of these topics. Exit 1 if a topic is missing,"
                    + " or a difference breaks a guarantee.",
            ""
        })
final class TopicsDescribeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Parameters(paramLabel = "TOPIC", arity = "0..*", description = "Only these, with all properties.")
    private List<String> names = List.of();

    @Option(names = "--json", description = "One JSON document on stdout.")
    private boolean json;

    @Override
    public Integer call() {
        common.applyVerbosity();
        return describe(
                new TopicsClient(common.configuration(Map.of())),
                names,
                json,
                spec.commandLine().getOut());
    }

    static int describe(TopicsClient topics, List<String> names, boolean json, PrintWriter out) {
        List<TopicState> states = topics.states(names);
        if (json) {
            ArrayNode items = JsonNodeFactory.instance.arrayNode();
            states.forEach(state -> items.add(item(state)));
            out.println(Json.pretty(JsonNodeFactory.instance.objectNode().set("items", items)));
        } else if (names.isEmpty()) {
            table(states, out);
        } else {
            states.forEach(state -> properties(state, out));
        }
        out.flush();
        return states.stream().anyMatch(TopicState::contradicts) ? 1 : 0;
    }

    private static void table(List<TopicState> states, PrintWriter out) {
        TextTable table = new TextTable(
                Column.text("TOPIC"), Column.figures("PARTITIONS"), Column.figures("REPLICAS"), Column.text("CLEANUP"));
        for (TopicState state : states) {
            table.row(
                    state.topic().name(),
                    actual(state, PropertyState.PARTITIONS),
                    actual(state, PropertyState.REPLICATION_FACTOR),
                    state.exists() ? cleanup(state) : "");
            if (!state.exists()) {
                table.text("  ! does not exist ('waltally topics create')");
            }
            state.differences().forEach(property -> table.text("  " + mark(property) + " " + property));
        }
        table.lines().forEach(out::println);
        long missing = states.stream().filter(state -> !state.exists()).count();
        long breaking = count(states, DeviationSeverity.BREAKING);
        long harmless = count(states, DeviationSeverity.HARMLESS);
        out.println(Counted.of(states.size(), "topic") + ", " + missing + " missing; "
                + Counted.of(breaking, "difference that breaks", "differences that break") + " a guarantee, "
                + Counted.of(harmless, "other one")
                + (breaking + harmless == 0 ? "" : ": 'waltally topics alter --dry-run' says how to change them"));
    }

    private static long count(List<TopicState> states, DeviationSeverity deviation) {
        return states.stream()
                .mapToLong(state -> state.differing(deviation).size())
                .sum();
    }

    private static String actual(TopicState state, String property) {
        return state.property(property).map(PropertyState::actualText).orElse("-");
    }

    private static String cleanup(TopicState state) {
        String policy = actual(state, TopicConfig.CLEANUP_POLICY_CONFIG);
        return state.property(TopicConfig.RETENTION_MS_CONFIG)
                .map(retention -> policy + ", kept for " + retention.actualText())
                .or(() -> state.property(TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG)
                        .filter(lag -> !lag.actualText().equals("0s"))
                        .map(lag -> policy + ", complete for " + lag.actualText()))
                .orElse(policy);
    }

    private static String mark(PropertyState property) {
        return switch (property.deviation()) {
            case NONE -> " ";
            case HARMLESS -> "~";
            case BREAKING -> "!";
        };
    }

    private static void properties(TopicState state, PrintWriter out) {
        out.println(state.topic().name() + (state.exists() ? "" : " does not exist ('waltally topics create')"));
        state.properties()
                .forEach(property -> out.println(String.format(
                                Locale.ROOT,
                                "%s %-32s %-16s %s",
                                mark(property),
                                property.name(),
                                property.actualText(),
                                property.deviation() == DeviationSeverity.NONE
                                        ? ""
                                        : "wanted is " + property.wantedText())
                        .stripTrailing()));
    }

    private static ObjectNode item(TopicState state) {
        ObjectNode item = JsonNodeFactory.instance.objectNode();
        item.put("topic", state.topic().name());
        item.put("exists", state.exists());
        item.put("contradicts", state.contradicts());
        ArrayNode properties = item.putArray("properties");
        state.properties().forEach(property -> {
            ObjectNode node = properties.addObject();
            node.put("name", property.name());
            node.put("wanted", property.wanted().orElse(null));
            node.put("actual", property.actual().orElse(null));
            node.put("deviation", property.deviation().name().toLowerCase(Locale.ROOT));
        });
        return item;
    }
}

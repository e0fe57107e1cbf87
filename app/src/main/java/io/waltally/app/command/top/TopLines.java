package io.waltally.app.command.top;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.command.common.TerminalText;
import io.waltally.app.config.value.ByteSize;
import io.waltally.app.terminal.Ansi;
import io.waltally.app.terminal.Layout;
import io.waltally.app.terminal.StorageFigures;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Formats the state of an instance as lines of a screen. Texts of the instance are made safe for a terminal. */
final class TopLines {
    /** The first one that fits is shown. */
    private static final List<Shape> SHAPES =
            List.of(new Shape(8, 6, true), new Shape(8, 6, false), new Shape(5, 3, false), new Shape(2, 1, false));

    private final Layout layout;

    /**
     * The size of the display.
     *
     * @param backends of them at most
     * @param notifications of them at most
     * @param spaced whether there are empty lines between the parts
     */
    private record Shape(int backends, int notifications, boolean spaced) {
        List<String> of(List<String> lines) {
            return spaced
                    ? lines
                    : lines.stream().filter(line -> !line.isEmpty()).toList();
        }
    }

    TopLines(Layout layout) {
        this.layout = layout;
    }

    /**
     * @param instance its address
     * @param problem why the figures are old; empty if they are not
     * @param rows so many lines if possible
     */
    List<String> of(String instance, String problem, LiveState.Snapshot state, int rows) {
        List<String> lines = List.of();
        for (Shape shape : SHAPES) {
            lines = shape.of(lines(instance, problem, state, shape));
            if (lines.size() <= rows) {
                return lines;
            }
        }
        return lines;
    }

    private List<String> lines(String instance, String problem, LiveState.Snapshot state, Shape shape) {
        List<String> lines = new ArrayList<>();
        boolean ready = state.status().path("ready").asBoolean();
        lines.add(Ansi.BOLD + " waltally" + Ansi.RESET + Ansi.DIM + "   " + instance + Ansi.RESET + "   "
                + (ready ? Ansi.GREEN + "ready" : Ansi.YELLOW + "not ready") + Ansi.RESET);
        if (!problem.isEmpty()) {
            lines.add(" " + Ansi.RED + "! " + TerminalText.of(problem) + Ansi.RESET);
        }
        state.status()
                .path("reasons")
                .forEach(reason -> lines.add(" " + Ansi.YELLOW + "! " + text(reason) + Ansi.RESET));
        state.status().path("sources").properties().forEach(source -> {
            lines.add("");
            lines.addAll(source(
                    source.getKey(),
                    source.getValue(),
                    state.rates().path("sources").path(source.getKey())));
        });
        lines.add("");
        lines.add(layout.heading("stages", "lag   dead letters"));
        state.status().path("stages").properties().forEach(stage -> lines.add(stage(stage.getKey(), stage.getValue())));
        state.status().path("sinks").properties().forEach(sink -> lines.add(stage(sink.getKey(), sink.getValue())));
        lines.add("");
        lines.add(layout.heading("backends", "used / limit"));
        state.backends().entrySet().stream()
                .sorted(Comparator.comparingDouble((Map.Entry<String, JsonNode> backend) ->
                                backend.getValue().path("utilization").asDouble())
                        .reversed())
                .limit(shape.backends())
                .forEach(backend -> lines.add(layout.backend(
                        TerminalText.of(backend.getKey()),
                        StorageFigures.of(backend.getValue()),
                        state.capacityThreshold())));
        lines.add("");
        lines.add(layout.heading("last notifications", delivered(state.webhooks())));
        state.notifications().stream().limit(shape.notifications()).forEach(event -> lines.add(notification(event)));
        return lines;
    }

    private static String text(JsonNode node) {
        return TerminalText.of(node.asText());
    }

    private List<String> source(String name, JsonNode source, JsonNode rates) {
        List<String> lines = new ArrayList<>();
        lines.add(layout.heading(name + "  " + text(source.path("state")), lsns(source, rates)));
        if (!source.path("reason").isNull()) {
            lines.add("  " + Ansi.RED + text(source.path("reason")) + Ansi.RESET);
        }
        JsonNode slot = source.path("slot");
        lines.addAll(layout.cells(
                "captured",
                rates.path("rows_per_second").isNumber()
                        ? String.format(
                                Locale.ROOT,
                                "%,.0f rows/s",
                                rates.path("rows_per_second").asDouble())
                        : "-",
                "lag",
                size(source.path("lag_bytes")) + " of WAL, " + seconds(source.path("lag_seconds")),
                "retained",
                size(slot.path("retained_bytes"))
                        + (slot.path("seconds_left").isNumber()
                                ? ", " + seconds(slot.path("seconds_left")) + " left"
                                : "")));
        return lines;
    }

    private static String lsns(JsonNode source, JsonNode rates) {
        return "captured " + known(rates.path("captured_lsn"), source.path("captured_lsn")) + "  applied "
                + known(rates.path("applied_lsn"), source.path("applied_lsn"));
    }

    private static String known(JsonNode one, JsonNode other) {
        return one.isTextual() ? text(one) : other.isTextual() ? text(other) : "-";
    }

    private static String size(JsonNode bytes) {
        return bytes.isNumber() ? ByteSize.shown(bytes.asLong()) : "-";
    }

    private static String seconds(JsonNode seconds) {
        return seconds.isNumber() ? String.format(Locale.ROOT, "%,.1f s", seconds.asDouble()) : "-";
    }

    private String stage(String name, JsonNode stage) {
        JsonNode letters = stage.path("dead_letters");
        long open = letters.isObject()
                ? letters.findValues("total").stream()
                        .mapToLong(JsonNode::asLong)
                        .sum()
                : letters.asLong();
        String state = text(stage.path("state"));
        String figures = String.format(
                Locale.ROOT,
                "%s %,14d",
                stage.path("lag").isNumber()
                        ? String.format(Locale.ROOT, "%,d", stage.path("lag").asLong())
                        : "-",
                open);
        String left = String.format(Locale.ROOT, "  %-18s", TerminalText.of(name));
        int room = Math.max(1, layout.width() - left.length() - figures.length());
        boolean fine = state.equals("running");
        return left
                + (fine ? Ansi.GREEN : Ansi.YELLOW)
                + String.format(Locale.ROOT, "%-" + room + "s", state.substring(0, Math.min(room, state.length())))
                + Ansi.RESET
                + figures;
    }

    private static String delivered(JsonNode webhooks) {
        long delivered = 0;
        long waiting = 0;
        for (JsonNode endpoint : webhooks.path("items")) {
            delivered += endpoint.path("delivered").asLong();
            waiting +=
                    endpoint.path("lag").asLong() + endpoint.path("unfinished").asLong();
        }
        return webhooks.path("items").isEmpty()
                ? ""
                : String.format(Locale.ROOT, "%,d delivered, %,d waiting", delivered, waiting);
    }

    private String notification(JsonNode event) {
        JsonNode data = event.path("data");
        return layout.notification(
                time(event.path("time").asText()),
                text(event.path("type")),
                text(event.path("subject")),
                TerminalText.of(data.path("bucket").asText(data.path("backend").asText(""))));
    }

    private static Instant time(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            return Instant.EPOCH;
        }
    }
}

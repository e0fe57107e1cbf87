package io.waltally.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.status.CompletedSnapshotStatus;
import io.waltally.app.status.FailedSnapshotStatus;
import io.waltally.app.status.SinkSummary;
import io.waltally.app.status.SourceStatus;
import io.waltally.app.status.StageStatus;
import io.waltally.app.status.StatusReport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/** The status that an instance returns at {@code /api/status}, with states and reasons that only its roles know. */
final class InstanceStatus {
    static final String PATH = "/api/status";

    private static final String WAITING = "waiting";

    /** States of a source that another process captures. */
    private static final Set<String> CAPTURED = Set.of("streaming", "snapshot");

    private final JsonNode answer;

    InstanceStatus(JsonNode answer) {
        this.answer = answer;
    }

    /** The Kafka cluster of the instance; empty if it does not know it. */
    Optional<String> kafkaClusterId() {
        return text(answer, "kafka_cluster_id");
    }

    /** Adds it to what the servers say. */
    StatusReport addTo(StatusReport seen) {
        return new StatusReport(
                seen.kafkaClusterId(),
                merged(seen.sources(), "sources", InstanceStatus::source),
                merged(seen.stages(), "stages", InstanceStatus::stage),
                merged(seen.sinks(), "sinks", InstanceStatus::sink));
    }

    private <T> Map<String, T> merged(Map<String, T> seen, String section, BiFunction<T, JsonNode, T> merge) {
        Map<String, T> merged = new LinkedHashMap<>(seen);
        merged.replaceAll((name, status) -> {
            JsonNode own = answer.path(section).path(name);
            return own.isObject() ? merge.apply(status, own) : status;
        });
        return merged;
    }

    private static SourceStatus source(SourceStatus seen, JsonNode own) {
        boolean capturedElsewhere =
                CAPTURED.contains(seen.state()) && own.path("state").asText().equals(WAITING);
        SourceStatus merged = capturedElsewhere || !knowsMore(seen.state(), own)
                ? seen
                : seen.with(own.path("state").asText(), reason(own));
        return merged.withEndedSnapshots(completedSnapshots(own), failedSnapshots(own))
                .withSecondsLeft(number(own.at("/slot/seconds_left")).map(JsonNode::asLong));
    }

    private static StageStatus stage(StageStatus seen, JsonNode own) {
        return knowsMore(seen.state(), own) ? seen.with(own.path("state").asText(), reason(own)) : seen;
    }

    private static SinkSummary sink(SinkSummary seen, JsonNode own) {
        return new SinkSummary(
                seen.type(),
                own.path("state").asText(),
                reason(own),
                number(own.path("lag")).map(JsonNode::asLong),
                number(own.path("lag_seconds")).map(JsonNode::asDouble),
                number(own.path("lag_bytes")).map(JsonNode::asLong),
                text(own, "applied_lsn"),
                number(own.path("rows_per_second")).map(JsonNode::asDouble),
                number(own.path("last_batch")).map(JsonNode::asLong),
                number(own.path("retries")).map(JsonNode::asLong),
                seen.members(),
                seen.deadLetters());
    }

    /** Whether the instance reaches the server, or says why not while this process does not reach it either. */
    private static boolean knowsMore(String seen, JsonNode own) {
        return seen.equals(SourceStatus.UNREACHABLE)
                ? reason(own).isPresent()
                : !own.path("state").asText().equals(SourceStatus.UNREACHABLE);
    }

    private static List<CompletedSnapshotStatus> completedSnapshots(JsonNode source) {
        List<CompletedSnapshotStatus> completed = new ArrayList<>();
        source.path("completed_snapshots")
                .forEach(snapshot -> completed.add(new CompletedSnapshotStatus(
                        snapshot.path("id").asText(),
                        snapshot.path("table").asText(),
                        texts(snapshot.path("from")),
                        texts(snapshot.path("to")),
                        snapshot.path("rows").asLong(),
                        snapshot.path("completed_at").asText())));
        return completed;
    }

    private static List<FailedSnapshotStatus> failedSnapshots(JsonNode source) {
        List<FailedSnapshotStatus> failed = new ArrayList<>();
        source.path("failed_snapshots")
                .forEach(snapshot -> failed.add(new FailedSnapshotStatus(
                        text(snapshot, "id"),
                        snapshot.path("table").asText(),
                        texts(snapshot.path("from")),
                        texts(snapshot.path("to")),
                        snapshot.path("reason").asText(),
                        snapshot.path("failed_at").asText())));
        return failed;
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(item -> texts.add(item.asText()));
        return texts;
    }

    private static Optional<String> reason(JsonNode own) {
        return text(own, "reason");
    }

    private static Optional<String> text(JsonNode own, String field) {
        return Optional.ofNullable(own.path(field).textValue());
    }

    private static Optional<JsonNode> number(JsonNode value) {
        return Optional.of(value).filter(JsonNode::isNumber);
    }
}

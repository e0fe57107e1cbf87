package io.waltally.app.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.app.config.HttpSettings;
import io.waltally.app.status.SlotStatus;
import io.waltally.app.status.SnapshotStatus;
import io.waltally.app.status.SourceStatus;
import io.waltally.app.status.StageStatus;
import io.waltally.app.status.StatusReport;
import io.waltally.schemas.Source;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.LastChange;
import io.waltally.schemas.agg.UserCollection;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpApiTest {
    private static final HttpSettings ANY_PORT = new HttpSettings("127.0.0.1", 0);
    private static final LastChange CHANGE = new LastChange("s3", 0, 1L, 2L, Instant.EPOCH);

    private final FakeCaptures captures = new FakeCaptures();
    private final FakeTallies tallies = new FakeTallies();
    private Readiness readiness = Readiness.of(List.of());
    private final StatusReport status = new StatusReport(
            Map.of(
                    "s3",
                    new SourceStatus(
                            "streaming",
                            Optional.empty(),
                            Optional.of("0/20"),
                            Optional.of("0/10"),
                            Optional.empty(),
                            Optional.of(16L),
                            Optional.of(0.5),
                            Optional.of(new SlotStatus(
                                    "waltally_s3",
                                    true,
                                    Optional.of("0/8"),
                                    Optional.of("0/10"),
                                    Optional.of("reserved"),
                                    Optional.of(24L),
                                    Optional.of(40L),
                                    Optional.of(64L),
                                    Optional.of(8L),
                                    Optional.of(true),
                                    Optional.empty())),
                            Optional.of(3),
                            List.of(new SnapshotStatus(
                                    "object_locations",
                                    List.of(),
                                    List.of(),
                                    10,
                                    Optional.of(40L),
                                    Optional.of(5L),
                                    Optional.of(6L))))),
            Map.of("streams", new StageStatus("running", Optional.empty(), Optional.of(5L), Optional.of(2))));
    private final HttpApi api =
            new HttpApi(ANY_PORT, () -> readiness, () -> status, () -> "", Optional.of(tallies), captures);

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void listsAreItemsWithAsOfAndNext() {
        // Given
        tallies.backends.put("b", new BackendQuota(5L, 1L, 0L, 0L, 10L, 5L, 0.5, CHANGE));
        tallies.backends.put("a", new BackendQuota(0L, 0L, 0L, 0L, 0L, Long.MAX_VALUE, 0.0, CHANGE));
        // When
        Answer answer = get("/api/backends");
        // Then
        assertThat(answer.status).isEqualTo(200);
        assertThat(answer.json.path("items").findValuesAsText("backend_name")).containsExactly("a", "b");
        assertThat(answer.json.path("items").get(1).path("bytes_used").asLong()).isEqualTo(5);
        assertThat(answer.json.path("as_of").isObject()).isTrue();
        assertThat(answer.json.path("next").isNull()).isTrue();
    }

    @Test
    void aSingleThingHasAsOfBesideItsFields() {
        tallies.backends.put("b", new BackendQuota(5L, 1L, 0L, 0L, 10L, 5L, 0.5, CHANGE));
        Answer answer = get("/api/backends/b");
        assertThat(answer.json.path("utilization").asDouble()).isEqualTo(0.5);
        assertThat(answer.json.has("as_of")).isTrue();
    }

    @Test
    void aUsersCollectionsAreListedById() {
        tallies.collections.put(7, new UserCollection("bookmarks", 3L, 30L, Instant.EPOCH, CHANGE));
        Answer answer = get("/api/users/42/collections");
        assertThat(answer.json.path("items").get(0).path("user_id").asLong()).isEqualTo(42);
        assertThat(answer.json.path("items").get(0).path("collection").asText()).isEqualTo("bookmarks");
    }

    @Test
    void errorsAreProblemDocuments() {
        assertProblem(get("/api/backends/nowhere"), 404, "there is no backend \"nowhere\"");
        assertProblem(get("/api/users/me/collections"), 400, "user id is \"me\": must be a whole number");
        assertProblem(get("/nothing/here"), 404, "Endpoint GET /nothing/here not found");
        tallies.reason = Optional.of("the topologies are starting");
        assertProblem(get("/api/backends"), 503, "the topologies are starting");
    }

    @Test
    void aUserOfAnotherInstanceIsAskedForThere() {
        // Given
        FakeTallies others = new FakeTallies();
        others.collections.put(7, new UserCollection("bookmarks", 3L, 30L, Instant.EPOCH, CHANGE));
        try (HttpApi other =
                new HttpApi(ANY_PORT, () -> readiness, () -> status, () -> "", Optional.of(others), captures)) {
            tallies.elsewhere = Optional.of(URI.create("http://127.0.0.1:" + other.port()));
            // When
            Answer answer = get("/api/users/42/collections");
            // Then
            assertThat(answer.json.path("items")).hasSize(1);
            // Given that each takes the other for the owner
            others.elsewhere = Optional.of(URI.create("http://127.0.0.1:" + api.port()));
            // Then
            assertProblem(
                    get("/api/users/42/collections"),
                    503,
                    "this user's tallies are on their way to another instance; try again");
        }
    }

    @Test
    void anInstanceWithoutTopologiesSaysSo() {
        try (HttpApi other =
                new HttpApi(ANY_PORT, () -> readiness, () -> status, () -> "", Optional.empty(), captures)) {
            assertProblem(
                    get(other.port(), "/api/backends"),
                    503,
                    "this instance does not run the topologies (role streams); ask one that does");
        }
    }

    @Test
    void theStatusHasTheNamesOfTheContract() {
        JsonNode source = get("/api/status").json.path("sources").path("s3");
        assertThat(source.path("state").asText()).isEqualTo("streaming");
        assertThat(source.path("server_lsn").asText()).isEqualTo("0/20");
        assertThat(source.path("captured_lsn").asText()).isEqualTo("0/10");
        assertThat(source.path("applied_lsn").isNull()).isTrue();
        assertThat(source.path("lag_bytes").asLong()).isEqualTo(16);
        assertThat(source.path("slot").path("confirmed_flush_lsn").asText()).isEqualTo("0/10");
        assertThat(source.path("slot").path("max_slot_wal_keep_size").asLong()).isEqualTo(64);
        assertThat(source.path("slot").path("seconds_left").asLong()).isEqualTo(8);
        assertThat(source.path("slot").path("failover").asBoolean()).isTrue();
        assertThat(source.path("slot").path("invalidation_reason").isNull()).isTrue();
        assertThat(get("/api/status")
                        .json
                        .path("stages")
                        .path("streams")
                        .path("lag")
                        .asLong())
                .isEqualTo(5);
    }

    @Test
    void readinessIsAStatusCodeWithReasons() {
        assertThat(get("/healthz").status).isEqualTo(200);
        assertThat(get("/readyz").status).isEqualTo(200);
        readiness = Readiness.of(List.of("cannot reach Kafka"));
        Answer answer = get("/readyz");
        assertThat(answer.status).isEqualTo(503);
        assertThat(answer.json.path("reasons").get(0).asText()).isEqualTo("cannot reach Kafka");
        assertThat(get("/healthz").status).isEqualTo(200);
    }

    @Test
    void aResumeReachesTheCaptureOfItsSource() {
        Answer answer = post("/api/sources/s3/resume?new_epoch=true", "application/json", "{}");
        assertThat(answer.status).isEqualTo(202);
        assertThat(captures.asked).containsExactly("resume s3 true");
    }

    @Test
    void aSnapshotIsAskedForByTableAndRangeOfKeys() {
        Answer answer = post(
                "/api/sources/sync/snapshots",
                "application/json",
                "{\"table\": \"bsos\", \"from\": [\"7\", \"1\"], \"to\": [\"8\"]}");
        assertThat(answer.status).isEqualTo(202);
        assertThat(captures.asked).containsExactly("snapshot sync bsos [7, 1] [8]");
    }

    @Test
    void whatACaptureRefusesIsAnsweredInItsWords() {
        captures.refusal = new IllegalStateException("there is nothing to resume");
        assertProblem(post("/api/sources/s3/resume", "application/json", "{}"), 409, "there is nothing to resume");
        captures.refusal = new IllegalArgumentException("table x of s3 is not captured");
        assertProblem(
                post("/api/sources/s3/snapshots", "application/json", "{\"table\": \"x\"}"),
                400,
                "table x of s3 is not captured");
        assertProblem(
                post("/api/sources/s4/resume", "application/json", "{}"), 400, "no source \"s4\" (there are s3, sync)");
    }

    @Test
    void aSnapshotRequestThatIsNotJsonIsRefused() {
        assertThat(post("/api/sources/s3/snapshots", "text/plain", "{\"table\": \"x\"}").status)
                .isEqualTo(415);
        assertThat(post("/api/sources/s3/snapshots", "application/json", "{").status)
                .isEqualTo(400);
        assertThat(post("/api/sources/s3/snapshots", "application/json", "{}").status)
                .isEqualTo(400);
        assertThat(captures.asked).isEmpty();
    }

    @Test
    void theStatusShowsTheTablesThatAreBeingRead() {
        JsonNode snapshot = get("/api/status")
                .json
                .path("sources")
                .path("s3")
                .path("snapshots")
                .get(0);
        assertThat(snapshot.path("table").asText()).isEqualTo("object_locations");
        assertThat(snapshot.path("rows_per_second").asLong()).isEqualTo(5);
        assertThat(snapshot.path("seconds_left").asLong()).isEqualTo(6);
    }

    @Test
    void aTakenPortIsNamed() {
        assertThatThrownBy(() -> new HttpApi(
                                new HttpSettings("127.0.0.1", api.port()),
                                () -> readiness,
                                () -> status,
                                () -> "",
                                Optional.empty(),
                                captures)
                        .close())
                .isInstanceOf(PortTakenException.class)
                .hasMessageContaining("port " + api.port() + " ");
    }

    private static void assertProblem(Answer answer, int status, String detail) {
        assertThat(answer.status).isEqualTo(status);
        assertThat(answer.contentType).startsWith("application/problem+json");
        assertThat(answer.json.path("status").asInt()).isEqualTo(status);
        assertThat(answer.json.path("detail").asText()).isEqualTo(detail);
        assertThat(answer.json.path("title").asText()).isNotEmpty();
    }

    private Answer get(String path) {
        return get(api.port(), path);
    }

    private static Answer get(int port, String path) {
        return send(port, path, request -> request);
    }

    private Answer post(String path, String contentType, String body) {
        return send(
                api.port(),
                path,
                request -> request.header("Content-Type", contentType).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private static Answer send(int port, String path, UnaryOperator<HttpRequest.Builder> details) {
        try {
            HttpResponse<String> response = HttpClient.newHttpClient()
                    .send(
                            details.apply(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            return new Answer(
                    response.statusCode(),
                    response.headers().firstValue("content-type").orElse(""),
                    new ObjectMapper().readTree(response.body()));
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private record Answer(int status, String contentType, JsonNode json) {}

    private static final class FakeCaptures implements CaptureControl {
        private final List<String> asked = new ArrayList<>();
        private RuntimeException refusal;

        @Override
        public void resume(Source source, boolean newEpoch) {
            ask("resume " + source + " " + newEpoch);
        }

        @Override
        public void snapshot(Source source, String table, List<String> from, List<String> to) {
            ask("snapshot " + source + " " + table + " " + from + " " + to);
        }

        private void ask(String what) {
            if (refusal != null) {
                throw refusal;
            }
            asked.add(what);
        }
    }

    private static final class FakeTallies implements TallyQueries {
        private final SortedMap<String, BackendQuota> backends = new TreeMap<>();
        private final SortedMap<Integer, UserCollection> collections = new TreeMap<>();
        private Optional<URI> elsewhere = Optional.empty();
        private Optional<String> reason = Optional.empty();

        @Override
        public SortedMap<String, BackendQuota> backends() {
            reason.ifPresent(why -> {
                throw new NotNow(why);
            });
            return backends;
        }

        @Override
        public SortedMap<Integer, UserCollection> collections(long userId) {
            return collections;
        }

        @Override
        public Optional<URI> elsewhere(long userId) {
            return elsewhere;
        }
    }
}

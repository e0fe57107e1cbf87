package io.waltally.app.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.audit.RecordedAudit;
import io.waltally.app.config.ApiToken.Scope;
import io.waltally.app.http.ApiFixture.Answer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Checks which tokens may make which requests, over every route of the API. */
class AccessControlTest {
    private static final Set<String> OPEN = Set.of("/healthz", "/readyz");
    private static final String READ = "read-0123456789abcdef";
    private static final String OPERATE = "operate-0123456789abcdef";
    private static final String ROTATED = "rotated-0123456789abcdef";
    private static final ApiContract CONTRACT = new ApiContract();

    private static ApiFixture api;
    private static ApiFixture reachable;
    private static ApiFixture withoutTokens;

    private RecordedAudit audit;

    @BeforeAll
    static void start() {
        Map<String, String> tokens = Map.of(
                "read-tokens.grafana", READ, "operate-tokens.alice", OPERATE, "operate-tokens.alice-2027", ROTATED);
        api = new ApiFixture(tokens);
        Map<String, String> wildcard = new HashMap<>(tokens);
        wildcard.put("host", "0.0.0.0");
        reachable = new ApiFixture(wildcard);
        withoutTokens = new ApiFixture(Map.of("advertised", "Waltally-1.example:80", "allowed-hosts", "ops.example"));
    }

    @AfterAll
    static void stop() {
        api.close();
        reachable.close();
        withoutTokens.close();
    }

    @BeforeEach
    void recordTheAudit() {
        audit = new RecordedAudit();
    }

    @AfterEach
    void stopRecording() {
        audit.close();
    }

    /** A path of the API with a method. */
    private record Route(String method, String path) {
        boolean isOpen() {
            return method.equals("GET") && OPEN.contains(path);
        }

        String filled() {
            return ApiContract.filled(path);
        }

        Scope scope() {
            return method.equals("GET") ? Scope.READ : Scope.OPERATE;
        }
    }

    private static List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        for (String method : List.of("GET", "POST")) {
            CONTRACT.paths(method).forEach(path -> routes.add(new Route(method, path)));
        }
        assertThat(routes).hasSizeGreaterThan(15).extracting(Route::method).contains("GET", "POST");
        return routes;
    }

    private static String[] bearing(String token) {
        return new String[] {"Authorization", "Bearer " + token};
    }

    @Test
    void everyRouteButTheProbesNeedsAToken() {
        for (Route route : routes()) {
            for (ApiFixture asked : List.of(api, reachable)) {
                Answer answer = asked.send(route.method(), route.filled());
                if (route.isOpen()) {
                    assertThat(answer.status()).as(route.toString()).isEqualTo(200);
                    continue;
                }
                answer.isProblem(
                        401,
                        "this instance asks for a token: send \"Authorization: Bearer TOKEN\" with one of"
                                + " http.read-tokens or http.operate-tokens");
                assertThat(answer.header("www-authenticate")).isEqualTo("Bearer realm=\"waltally\"");
                if (route.method().equals("GET")) {
                    assertThat(asked.send("HEAD", route.filled()).status()).isEqualTo(401);
                }
            }
        }
        assertNothingWasDone();
    }

    @Test
    void aTokenThatIsNotKnownOrMalformedIsRefusedByEveryRoute() {
        for (Route route : routes()) {
            for (String wrong : List.of(
                    "Bearer wrong-0123456789abcdef",
                    "Bearer " + READ + "x",
                    "Bearer " + READ.substring(1),
                    "Bearer " + READ + " " + OPERATE,
                    "Bearer",
                    "Basic " + READ,
                    READ)) {
                Answer answer = api.send(route.method(), route.filled(), "Authorization", wrong);
                assertThat(answer.status()).as(route + " " + wrong).isEqualTo(route.isOpen() ? 200 : 401);
                assertThat(answer.json().toString()).doesNotContain("0123456789abcdef");
            }
        }
        assertThat(api.send("GET", "/api/status", bearing("wrong-0123456789abcdef"))
                        .header("www-authenticate"))
                .isEqualTo("Bearer realm=\"waltally\", error=\"invalid_token\"");
        assertNothingWasDone();
    }

    @Test
    void aTokenOfScopeReadReadsAndDoesNothingElse() {
        for (Route route : routes()) {
            Answer answer = api.send(route.method(), route.filled(), bearing(READ));
            if (route.scope() == Scope.READ) {
                assertThat(answer.status()).as(route.toString()).isNotIn(401, 403, 500);
                continue;
            }
            answer.isProblem(403, "the token of grafana is of scope read; this needs one of http.operate-tokens");
            assertThat(answer.header("www-authenticate"))
                    .isEqualTo("Bearer realm=\"waltally\", error=\"insufficient_scope\", scope=\"operate\"");
        }
        assertNothingWasDone();
    }

    @Test
    void everyTokenOfScopeOperateMayDoAll() {
        for (Route route : routes()) {
            for (String token : List.of(OPERATE, ROTATED)) {
                Answer answer = api.send(route.method(), route.filled(), "authorization", "bearer  " + token);
                assertThat(answer.status()).as(route.toString()).isNotIn(401, 403, 500);
                if (route.scope() == Scope.OPERATE) {
                    assertThat(answer.status()).as(route.toString()).isBetween(200, 299);
                }
            }
        }
        api.captures.asked.clear();
        api.sinks.requests.clear();
        api.webhooks.requests.clear();
        api.deadLetters.changes.set(0);
    }

    @Test
    void whatTheApiDoesNotHaveNeedsATokenToo() {
        for (String path :
                List.of("/page", "/api", "/api/users", "/healthz/", "//healthz", "/api/../healthz", "/readyz;a")) {
            assertThat(api.send("GET", path).status()).as(path).isIn(400, 401);
        }
        for (String path : List.of("/healthz", "/readyz")) {
            for (String method : List.of("POST", "PUT", "TRACE")) {
                assertThat(api.send(method, path, bearing(READ)).status())
                        .as(method + " " + path)
                        .isEqualTo(405);
            }
        }
        for (Route route : routes()) {
            for (String method : List.of("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE")) {
                assertThat(api.send(method, route.filled()).status())
                        .as(method + " " + route)
                        .isIn(401, 405);
                assertThat(api.send(method, route.filled(), bearing(READ)).status())
                        .as(method + " " + route)
                        .isIn(403, 405);
                assertThat(api.send(method, route.filled(), bearing(OPERATE)).status())
                        .as(method + " " + route)
                        .isEqualTo(405);
            }
        }
        assertNothingWasDone();
    }

    /** The router would serve a GET as a POST, which a proxy that admits GET only would pass on. */
    @Test
    void aMethodInAHeaderIsRefusedByEveryRoute() {
        for (Route route : routes()) {
            for (String sent : List.of("GET", "POST")) {
                for (String meant : List.of("GET", "POST", "X")) {
                    api.send(
                                    sent,
                                    route.filled(),
                                    "X-HTTP-Method-Override",
                                    meant,
                                    "Authorization",
                                    "Bearer " + OPERATE)
                            .isProblem(
                                    400,
                                    "the header X-HTTP-Method-Override is not supported: put the method into the request line");
                }
            }
        }
        assertNothingWasDone();
    }

    @Test
    void theDocumentSaysWhatEachRouteNeeds() {
        for (Route route : routes()) {
            assertThat(CONTRACT.scopes(route.method(), route.path()))
                    .as(route.toString())
                    .isEqualTo(
                            route.isOpen() ? List.of() : List.of(route.scope().id()));
        }
    }

    @Test
    void anUnknownNameOfALoopbackAddressIsRefusedByEveryRoute() throws IOException {
        for (Route route : routes()) {
            for (String name : List.of(
                    "evil.example",
                    "127.0.0.1.evil.example",
                    "localhost.evil.example",
                    "evil.example#127.0.0.1",
                    "127.0.0.1@evil.example",
                    "0.0.0.0",
                    "10.0.0.7",
                    "[fd00::7]")) {
                String answer = withHost(withoutTokens, route, "Host: " + name + ":" + withoutTokens.port());
                assertThat(answer).as(route + " " + name).matches("(?s)HTTP/1.1 40[03] .*problem\\+json.*");
                assertThat(withHost(api, route, "Host: " + name, "Authorization: Bearer " + OPERATE))
                        .as(route + " " + name)
                        .matches("(?s)HTTP/1.1 40[03] .*");
            }
        }
        assertNothingWasDone();
    }

    @Test
    void everyRouteAnswersByItsOwnNames() throws IOException {
        for (Route route : routes()) {
            for (String name : List.of(
                    "127.0.0.1",
                    "127.0.0.1:" + withoutTokens.port(),
                    "localhost:9999",
                    "LOCALHOST",
                    "[::1]:8080",
                    "waltally-1.example",
                    "ops.example:443")) {
                assertThat(withHost(withoutTokens, route, "Host: " + name))
                        .as(route + " " + name)
                        .doesNotMatch("(?s)HTTP/1.1 40[013] .*");
            }
            assertThat(withoutTokens.raw(
                            route.method() + " " + route.filled() + " HTTP/1.0",
                            ApiContract.body(route.path()),
                            "Content-Type: application/json"))
                    .as(route.toString())
                    .doesNotMatch("(?s)HTTP/1.1 40[013] .*");
            // Where tokens admit requests, names do not matter.
            assertThat(withHost(reachable, route, "Host: any.example", "Authorization: Bearer " + OPERATE))
                    .as(route.toString())
                    .doesNotMatch("(?s)HTTP/1.1 40[013] .*");
        }
    }

    @Test
    void aForeignPageChangesNothingWhateverItsToken() {
        for (Route route : routes()) {
            for (String origin : List.of(
                    "https://evil.example",
                    "null",
                    "http://127.0.0.1:1",
                    "http://localhost:" + api.port() + ".evil.example",
                    "")) {
                Answer answer = api.send(
                        route.method(), route.filled(), "Origin", origin, "Authorization", "Bearer " + OPERATE);
                if (route.scope() == Scope.OPERATE) {
                    answer.isProblem(403, "a page of another origin (" + origin + ") must not change anything here");
                } else {
                    assertThat(answer.status()).as(route + " " + origin).isNotEqualTo(403);
                }
            }
        }
        assertNothingWasDone();
        for (String own : List.of("http://127.0.0.1:" + withoutTokens.port(), "https://ops.example")) {
            assertThat(withoutTokens
                            .send("POST", "/api/sinks/x/pause", "Origin", own)
                            .status())
                    .as(own)
                    .isEqualTo(202);
        }
    }

    @Test
    void eachActionIsWrittenToTheAuditLogWithItsOperator() {
        api.send("POST", "/api/sinks/x/pause", bearing(OPERATE));
        api.send("POST", "/api/sources/s3/resume?new_epoch=true&force=true", bearing(ROTATED));
        api.send("POST", "/api/sources/sync/snapshots", bearing(OPERATE));
        api.send("POST", "/api/sinks/y/resume", bearing(OPERATE));
        api.send("POST", "/api/webhooks/x/enable", bearing(READ));
        api.send("POST", "/api/sinks/x/pause", bearing("wrong-0123456789abcdef"));
        api.send("DELETE", "/api/status", bearing(OPERATE));
        api.send("GET", "/api/status", bearing(OPERATE));
        withoutTokens.send("POST", "/api/webhooks/busy/enable");
        String snapshots = "/api/sources/s3/snapshots";
        withoutTokens.post(snapshots, "application/json", "{\"table\": \"x\", \"from\": [], \"to\": []}");
        withoutTokens.post(snapshots, "application/json", "{\"table\": \"x\", \"to\": [\"private\"]}");
        assertThat(audit.lines())
                .containsExactly(
                        line("alice", "POST /api/sinks/{name}/pause", "x", 202),
                        line("alice-2027", "POST /api/sources/{source}/resume", "s3 new_epoch=true force=true", 202),
                        line("alice", "POST /api/sources/{source}/snapshots", "sync.x", 202),
                        line("alice", "POST /api/sinks/{name}/resume", "y reset=false", 404),
                        line("grafana", "POST /api/webhooks/x/enable", "", 403),
                        line("anonymous", "POST /api/sinks/x/pause", "", 401),
                        line("alice", "DELETE /api/status", "", 405),
                        line("anonymous", "POST /api/webhooks/{name}/enable", "busy", 202),
                        line("anonymous", "POST /api/sources/{source}/snapshots", "s3.x", 202),
                        line("anonymous", "POST /api/sources/{source}/snapshots", "s3.x (a range of its keys)", 202));
        assertThat(audit.lines().toString()).doesNotContain("0123456789abcdef");
        api.captures.asked.clear();
        api.sinks.requests.clear();
        api.deadLetters.changes.set(0);
    }

    private static String line(String operator, String action, String target, int result) {
        return "operator=\"" + operator + "\" action=\"" + action + "\" target=\"" + target + "\" result=\"" + result
                + "\" from=\"127.0.0.1\"";
    }

    private static void assertNothingWasDone() {
        assertThat(api.captures.asked).isEmpty();
        assertThat(api.sinks.requests).isEmpty();
        assertThat(api.webhooks.requests).isEmpty();
        assertThat(api.deadLetters.changes).hasValue(0);
    }

    private static String withHost(ApiFixture asked, Route route, String... headers) throws IOException {
        List<String> all = new ArrayList<>(List.of(headers));
        all.add("Content-Type: application/json");
        return asked.raw(
                route.method() + " " + route.filled() + " HTTP/1.1",
                ApiContract.body(route.path()),
                all.toArray(String[]::new));
    }
}

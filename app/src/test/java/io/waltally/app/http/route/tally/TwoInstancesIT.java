package io.waltally.app.http.route.tally;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.app.config.Configuration;
import io.waltally.app.local.LocalServers;
import io.waltally.app.run.Instance;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.role.RoleName;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.Ports;
import io.waltally.embedded.PostgresAddress;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two instances that share the users: each answers for all of them. */
class TwoInstancesIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int USERS = 12;
    private static final String TOKEN = "0123456789abcdef";

    private static Infrastructure servers;

    @TempDir
    private Path directory;

    private final HttpClient client = HttpClient.newHttpClient();

    @BeforeAll
    static void startServers() {
        servers = Infrastructure.forTests();
    }

    @AfterAll
    static void stopServers() {
        servers.close();
    }

    @Test
    void everyInstanceAnswersForEveryUserAlsoAfterOneHasLeft() throws Exception {
        // Given
        int firstPort = Ports.anyFree();
        Configuration first = configuration(Map.of("http.port", Integer.toString(firstPort)), "first");
        first.sources().values().forEach(Migrations::migrate);
        writeUsers();
        // Listens on every address, and has to say which of them others reach.
        int secondPort = Ports.anyFree();
        Configuration second = configuration(
                Map.of(
                        "http.host",
                        "0.0.0.0",
                        "http.port",
                        Integer.toString(secondPort),
                        "http.advertised",
                        "127.0.0.1:" + secondPort),
                "second");
        try (Instance staying = start(first, EnumSet.of(RoleName.CAPTURE, RoleName.STREAMS))) {
            try (Instance leaving = start(second, EnumSet.of(RoleName.STREAMS))) {
                // When
                awaitShared(staying, leaving);
                // Then
                awaitEveryUser(staying, 0);
                awaitEveryUser(leaving, 0);
                assertThat(get(leaving, "/api/users/1/collections?limit=1").path("items"))
                        .hasSize(1);
                // And whoever has written is answered with it by either of them
                String written = writeOneMoreRecord();
                for (Instance asked : List.of(staying, leaving)) {
                    for (int user = 1; user <= USERS; user++) {
                        JsonNode storage =
                                get(asked, "/api/users/" + user + "/storage?min_lsn=" + written + "&timeout=60s");
                        assertThat(storage.path("count").asInt())
                                .as(storage.toString())
                                .isEqualTo(2 * user + 1);
                    }
                    assertEveryUserListed(
                            get(asked, "/api/users?sort=-total_bytes&min_lsn=" + written + "&timeout=60s"));
                }
            }
            awaitEveryUser(staying, 1);
            assertEveryUserListed(get(staying, "/api/users?sort=-total_bytes"));
        }
    }

    private static Connection connect() throws SQLException {
        return DriverManager.getConnection(
                servers.jdbcUrl(PostgresAddress.SYNC_DATABASE),
                servers.postgres().user(),
                "");
    }

    private void writeUsers() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO user_collections (user_id, collection_id, modified)"
                    + " SELECT u, c, now() FROM generate_series(1, " + USERS + ") u, generate_series(7, 8) c");
            statement.execute("INSERT INTO bsos SELECT u, c, i::text, NULL, 'payload', now(), now() + interval '1 year'"
                    + " FROM generate_series(1, " + USERS + ") u, generate_series(7, 8) c, generate_series(1, u) i");
        }
    }

    /** Of each user in collection 8, after the others; returns the LSN after the commit. */
    private static String writeOneMoreRecord() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO bsos SELECT u, 8, 'more', NULL, 'payload', now(), now() + interval '1 year'"
                    + " FROM generate_series(1, " + USERS + ") u");
            try (ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()")) {
                row.next();
                return row.getString(1);
            }
        }
    }

    /** Until each of the two has some of the users. */
    private void awaitShared(Instance one, Instance other) throws Exception {
        await(() -> here(one) > 0 && here(other) > 0 && here(one) + here(other) == USERS);
    }

    /** As another instance would ask, which gets no answer for a user who is elsewhere. */
    private long here(Instance instance) throws Exception {
        long here = 0;
        for (int user = 1; user <= USERS; user++) {
            HttpRequest request = request(instance, "/api/users/" + user + "/storage")
                    .header("Waltally-Forwarded", "1")
                    .build();
            if (client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200) {
                here++;
            }
        }
        return here;
    }

    /** @param more records in collection 8 than in 7 */
    private void awaitEveryUser(Instance instance, int more) throws Exception {
        for (int user = 1; user <= USERS; user++) {
            int records = 2 * user + more;
            String path = "/api/users/" + user;
            await(() -> get(instance, path + "/storage").path("count").asInt() == records);
            JsonNode collections = get(instance, path + "/collections");
            assertThat(collections.path("items").findValuesAsText("count"))
                    .as(collections.toString())
                    .containsExactly(Integer.toString(user), Integer.toString(user + more));
            assertThat(collections.at("/totals/total_bytes").asInt()).isEqualTo(records * "payload".length());
        }
    }

    /** Each with a record more in collection 8 than in 7, the largest first. */
    private static void assertEveryUserListed(JsonNode list) {
        assertThat(list.path("items").findValuesAsText("user_id"))
                .as(list.toString())
                .containsExactlyElementsOf(IntStream.iterate(USERS, user -> user > 0, user -> user - 1)
                        .mapToObj(Integer::toString)
                        .toList());
        assertThat(list.path("items").findValuesAsText("count"))
                .containsExactlyElementsOf(IntStream.iterate(USERS, user -> user > 0, user -> user - 1)
                        .mapToObj(user -> Integer.toString(2 * user + 1))
                        .toList());
        assertThat(list.at("/totals/users").asInt()).isEqualTo(USERS);
    }

    private static void await(Condition condition) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private JsonNode get(Instance instance, String path) throws IOException, InterruptedException {
        HttpRequest request = request(instance, path).build();
        return new ObjectMapper()
                .readTree(client.send(request, HttpResponse.BodyHandlers.ofString())
                        .body());
    }

    private static HttpRequest.Builder request(Instance instance, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + instance.httpPort() + path))
                .header("Authorization", "Bearer " + TOKEN);
    }

    private Configuration configuration(Map<String, String> http, String name) {
        Map<String, String> values = new LinkedHashMap<>(LocalServers.configuration(servers));
        values.putAll(http);
        values.put("http.read-tokens.test", TOKEN);
        values.put("streams.state-directory", directory.resolve(name).toString());
        return Configuration.from(values);
    }

    private static Instance start(Configuration configuration, Set<RoleName> roles) {
        return Instance.start(configuration, roles, new StopSignal()).orElseThrow();
    }

    private interface Condition {
        boolean holds() throws Exception;
    }
}

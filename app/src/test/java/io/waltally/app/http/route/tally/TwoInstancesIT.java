package io.waltally.app.http.route.tally;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.config.Configuration;
import io.waltally.app.fixture.InstanceApi;
import io.waltally.app.fixture.Sql;
import io.waltally.app.fixture.Wait;
import io.waltally.app.local.LocalServers;
import io.waltally.app.run.Instance;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.role.RoleName;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.PostgresAddress;
import io.waltally.embedded.process.Ports;
import io.waltally.schemas.Lsn;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two instances that share the users: each answers for all of them. */
class TwoInstancesIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(90);
    private static final int USERS = 12;
    private static final String TOKEN = "0123456789abcdef";

    private static Infrastructure servers;

    @TempDir
    private Path directory;

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
                Lsn written = writeOneMoreRecord();
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

    private static void writeUsers() throws SQLException {
        Sql.execute(
                servers,
                PostgresAddress.SYNC_DATABASE,
                "INSERT INTO user_collections (user_id, collection_id, modified)"
                        + " SELECT u, c, now() FROM generate_series(1, " + USERS + ") u, generate_series(7, 8) c",
                "INSERT INTO bsos SELECT u, c, i::text, NULL, 'payload', now(), now() + interval '1 year'"
                        + " FROM generate_series(1, " + USERS
                        + ") u, generate_series(7, 8) c, generate_series(1, u) i");
    }

    /** Of each user in collection 8, after the others; returns the LSN after the commit. */
    private static Lsn writeOneMoreRecord() throws SQLException {
        try (Connection connection = Sql.connect(servers, PostgresAddress.SYNC_DATABASE)) {
            Sql.execute(
                    connection,
                    "INSERT INTO bsos SELECT u, 8, 'more', NULL, 'payload', now(), now() + interval '1 year'"
                            + " FROM generate_series(1, " + USERS + ") u");
            return Sql.end(connection);
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
            HttpRequest.Builder request =
                    request(instance, "/api/users/" + user + "/storage").header("Waltally-Forwarded", "1");
            if (InstanceApi.send(request).statusCode() == 200) {
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

    private static void await(Callable<Boolean> condition) {
        Wait.until(TIMEOUT, () -> "the condition", condition);
    }

    private static JsonNode get(Instance instance, String path) {
        return InstanceApi.json(InstanceApi.send(request(instance, path)));
    }

    private static HttpRequest.Builder request(Instance instance, String path) {
        return InstanceApi.request(instance, path).header("Authorization", "Bearer " + TOKEN);
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
}

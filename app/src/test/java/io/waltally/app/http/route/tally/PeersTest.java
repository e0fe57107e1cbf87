package io.waltally.app.http.route.tally;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.http.ApiFixture;
import io.waltally.app.http.ApiFixture.Answer;
import io.waltally.app.http.FakeTallies;
import io.waltally.app.tally.AsOf;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A user whose tallies another instance has. */
class PeersTest {
    private final ApiFixture asked = new ApiFixture();
    private final ApiFixture owner = new ApiFixture();

    @BeforeEach
    void spreadUsers() {
        asked.tallies.elsewhere = Optional.of(owner.uri());
    }

    @AfterEach
    void stop() {
        asked.close();
        owner.close();
    }

    @Test
    void aUserOfAnotherInstanceIsAskedForThere() {
        owner.tallies.collections.put(7, FakeTallies.collection("bookmarks", 3));
        owner.tallies.storage.put(42L, FakeTallies.stored(3));
        Answer collections = asked.get("/api/users/42/collections");
        assertThat(collections.texts("collection")).containsExactly("bookmarks");
        assertThat(collections.contentType()).startsWith("application/json");
        assertThat(asked.get("/api/users/42/storage").json().path("count").asLong())
                .isEqualTo(3);
        asked.get("/api/users/43/storage").isProblem(404, "user 43 has no storage");
        assertThat(asked.head("/api/users/42/storage").status()).isEqualTo(200);
    }

    @Test
    void queryParametersAreForwarded() {
        owner.tallies.collections.put(7, FakeTallies.collection("bookmarks", 3));
        owner.tallies.collections.put(101, FakeTallies.collection("notes & more", 3));
        JsonNode first = asked.get("/api/users/42/collections?limit=1").json();
        assertThat(first.path("items")).hasSize(1);
        Answer second = asked.get(
                "/api/users/42/collections?limit=1&cursor=" + first.path("next").asText());
        assertThat(second.texts("collection_id")).containsExactly("101");
    }

    @Test
    void theOwnerWaitsForTheLsn() {
        // Given
        CompletableFuture<Answer> answer = asked.getting("/api/users/42/collections?min_lsn=0/20&timeout=30s");
        owner.tallies.afterLook = () -> owner.tallies.asOf.put(Source.SYNC, new AsOf(Source.SYNC, 1, new Lsn(32)));
        // Then
        JsonNode list = answer.orTimeout(30, TimeUnit.SECONDS).join().json();
        assertThat(list.at("/as_of/sync/lsn").asText()).isEqualTo("0/20");
        assertThat(asked.tallies.looks).hasValue(0);
        // And what it does not reach is the owner's answer
        asked.get("/api/users/42/collections?min_lsn=0/30&timeout=1ms")
                .isProblem(
                        504,
                        "the tallies are complete up to 0/20 of sync, epoch 1; they did not get to 0/30 within 1 ms");
    }

    @Test
    void aMalformedRequestIsRefusedByTheInstanceThatIsAsked() {
        asked.tallies.elsewhere = Optional.of(URI.create("http://127.0.0.1:1"));
        assertThat(asked.get("/api/users/42/collections?limit=0").status()).isEqualTo(400);
        assertThat(asked.get("/api/users/42/storage?min_lsn=x").status()).isEqualTo(400);
    }

    @Test
    void unavailableOwnerIsAnsweredWithRetryAfter() {
        owner.tallies.notNow = Optional.of("the topologies are starting");
        Answer starting = asked.get("/api/users/42/storage");
        starting.isProblem(503, "the topologies are starting");
        assertThat(starting.header("retry-after")).isEqualTo("1");
        // And each takes the other for the owner
        owner.tallies.elsewhere = Optional.of(asked.uri());
        asked.get("/api/users/42/storage")
                .isProblem(503, "this user's tallies are on their way to another instance; try again");
        // And it is gone
        asked.tallies.elsewhere = Optional.of(URI.create("http://127.0.0.1:1"));
        asked.get("/api/users/42/storage")
                .isProblem(
                        503,
                        "the instance that has this user's tallies, http://127.0.0.1:1, does not answer; try again");
    }

    @Test
    void aListOfUsersIsPutTogetherFromAllInstances() {
        // Given
        asked.tallies.userPartitions = Map.of(Optional.empty(), Set.of(0, 3), Optional.of(owner.uri()), Set.of(1, 2));
        for (long id = 1; id <= 9; id++) {
            (id % 2 == 0 ? asked : owner).tallies.storage.put(id, FakeTallies.stored(id));
        }
        asked.tallies.asOf.put(Source.SYNC, new AsOf(Source.SYNC, 1, new Lsn(48)));
        owner.tallies.asOf.put(Source.SYNC, new AsOf(Source.SYNC, 1, new Lsn(32)));
        // When
        JsonNode first = asked.get("/api/users?limit=4").json();
        Answer second =
                asked.get("/api/users?limit=4&cursor=" + first.path("next").asText());
        Answer third = asked.get(
                "/api/users?limit=4&cursor=" + second.json().path("next").asText());
        // Then
        assertThat(first.path("items").findValuesAsText("user_id")).containsExactly("1", "2", "3", "4");
        assertThat(second.texts("user_id")).containsExactly("5", "6", "7", "8");
        assertThat(third.texts("user_id")).containsExactly("9");
        assertThat(third.json().path("next").isNull()).isTrue();
        assertThat(first.at("/totals/users").asLong()).isEqualTo(9);
        assertThat(first.at("/totals/total_bytes").asLong()).isEqualTo(45 * 512);
        assertThat(first.at("/as_of/sync/lsn").asText()).isEqualTo("0/20");
        assertThat(asked.tallies.listed).containsExactlyInAnyOrder(0, 3);
        assertThat(owner.tallies.listed).containsExactlyInAnyOrder(1, 2);
        assertThat(asked.get("/api/users?sort=-total_bytes&limit=3").texts("user_id"))
                .containsExactly("9", "8", "7");
        assertThat(asked.head("/api/users").status()).isEqualTo(200);
    }

    @Test
    void aListOfUsersNeedsEveryInstance() {
        // Given
        asked.tallies.userPartitions = Map.of(Optional.empty(), Set.of(0), Optional.of(owner.uri()), Set.of(1));
        asked.tallies.asOf.put(Source.SYNC, new AsOf(Source.SYNC, 1, new Lsn(48)));
        // Then
        assertThat(asked.get("/api/users").json().path("as_of")).isEmpty();
        owner.tallies.asOf.put(Source.SYNC, new AsOf(Source.SYNC, 1, new Lsn(32)));
        asked.get("/api/users?min_lsn=0/30&timeout=1ms")
                .isProblem(
                        504,
                        "the tallies are complete up to 0/20 of sync, epoch 1; they did not get to 0/30 within 1 ms");
        owner.tallies.notNow = Optional.of("the topologies are starting");
        Answer starting = asked.get("/api/users");
        starting.isProblem(
                503,
                "the instance that has the tallies of some users, " + owner.uri()
                        + ", answers 503: the topologies are starting");
        assertThat(starting.header("retry-after")).isEqualTo("1");
        owner.close();
        asked.get("/api/users")
                .isProblem(
                        503,
                        "the instance that has the tallies of some users, " + owner.uri()
                                + ", does not answer; try again");
        // And a header that no instance sends
        assertThat(asked.send("GET", "/api/users", "Waltally-User-Partitions", "0,x")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void forwardedRequestFailsWhenTheInstanceStops() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            asked.tallies.elsewhere = Optional.of(URI.create("http://127.0.0.1:" + silent.getLocalPort()));
            CompletableFuture<Answer> answer = CompletableFuture.supplyAsync(() -> asked.get("/api/users/42/storage"));
            try (Socket asking = acceptRequest(silent)) {
                asked.close();
                answer.join().isProblem(503, "this instance is stopping; try again");
                assertThat(asking.isConnected()).isTrue();
            }
        }
    }

    /** Clients of servers that had the port before may connect as well. */
    private static Socket acceptRequest(ServerSocket server) throws IOException {
        while (true) {
            Socket socket = server.accept();
            String method = new String(socket.getInputStream().readNBytes(3), StandardCharsets.US_ASCII);
            if (method.equals("GET")) {
                return socket;
            }
            socket.close();
        }
    }
}

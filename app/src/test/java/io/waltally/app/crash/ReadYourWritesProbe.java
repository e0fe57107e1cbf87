package io.waltally.app.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.agg.UserCollectionKey;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Checks that queries include preceding writes. Each sample writes a record and an object of a user and a backend that
 * no other writer uses, queries an instance with the resulting LSN, and expects exactly the written values.
 */
final class ReadYourWritesProbe implements AutoCloseable {
    static final UserCollectionKey COLLECTION = new UserCollectionKey(7_777_777L, 7);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String BACKEND = "quiet";
    private static final Duration TIMEOUT = Duration.ofMinutes(4);
    private static final int OK = 200;

    /** Nothing answers at the address, or it does not have what is asked for yet. */
    private static final int UNAVAILABLE = 503;

    private static final int TIMED_OUT = 504;

    private final HttpClient client = HttpClient.newHttpClient();
    private final Connection s3;
    private final Connection sync;
    private final Random random;
    private volatile long answered;
    private volatile String lastResponse = "nothing was asked";
    private long written;
    private long payloadLength;
    private long storedBytes;

    ReadYourWritesProbe(String s3Url, String syncUrl, Random random) throws SQLException {
        this.random = random;
        s3 = DriverManager.getConnection(s3Url, "postgres", "");
        sync = DriverManager.getConnection(syncUrl, "postgres", "");
        execute(s3, "INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('" + BACKEND + "', 0)");
        execute(
                sync,
                "INSERT INTO user_collections (user_id, collection_id, modified) VALUES (" + COLLECTION.getUserId()
                        + ", " + COLLECTION.getCollectionId() + ", now())");
    }

    /** Writes, and asks one of the instances, or another one if that is not there. */
    void sample(URI... instances) throws SQLException, IOException, InterruptedException {
        written++;
        int length = random.nextInt(2_000);
        payloadLength += length;
        execute(
                sync,
                "INSERT INTO bsos VALUES (" + COLLECTION.getUserId() + ", " + COLLECTION.getCollectionId() + ", '"
                        + written + "', NULL, '" + "x".repeat(length) + "', now(), now() + interval '1 year')");
        int size = random.nextInt(100_000);
        storedBytes += size;
        execute(
                s3,
                "INSERT INTO object_locations (object_key, backend_name, size_bytes) VALUES ('" + BACKEND + "/"
                        + written + "', '" + BACKEND + "', " + size + ")");
        String query = "?timeout=10s&min_lsn=" + position();

        JsonNode collection = ask("/api/users/" + COLLECTION.getUserId() + "/collections" + query, instances)
                .at("/items/0");
        assertThat(collection.path("count").asLong(-1))
                .as("%s%s", collection, query)
                .isEqualTo(written);
        assertThat(collection.path("total_bytes").asLong(-1))
                .as("%s%s", collection, query)
                .isEqualTo(payloadLength);
        JsonNode backend = ask("/api/backends/" + BACKEND + query, instances);
        assertThat(backend.path("object_count").asLong(-1))
                .as("%s%s", backend, query)
                .isEqualTo(written);
        assertThat(backend.path("bytes_used").asLong(-1))
                .as("%s%s", backend, query)
                .isEqualTo(storedBytes);
        answered = written;
    }

    /** How many samples were answered. May be asked by any thread. */
    long answered() {
        return answered;
    }

    private Lsn position() throws SQLException {
        try (Statement statement = s3.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()::text")) {
            row.next();
            return Lsn.parse(row.getString(1));
        }
    }

    /** What was answered last, whatever it was. */
    String lastResponse() {
        return lastResponse;
    }

    /** Until one answers: it may say that it does not know yet, but not what is wrong. */
    private JsonNode ask(String path, URI... instances) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (true) {
            URI uri = instances[random.nextInt(instances.length)].resolve(path);
            Optional<HttpResponse<String>> response = get(uri);
            if (response.isPresent()) {
                assertThat(response.get().statusCode()).as(lastResponse).isIn(OK, UNAVAILABLE, TIMED_OUT);
                if (response.get().statusCode() == OK) {
                    return JSON.readTree(response.get().body());
                }
            }
            assertThat(System.nanoTime()).as(lastResponse).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    /** Empty if nothing is there. */
    private Optional<HttpResponse<String>> get(URI uri) throws InterruptedException {
        try {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(20)).build(),
                    HttpResponse.BodyHandlers.ofString());
            lastResponse = uri + ": " + response.statusCode() + " " + response.body();
            return Optional.of(response);
        } catch (IOException killed) {
            lastResponse = uri + ": " + killed;
            return Optional.empty();
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() throws SQLException {
        s3.close();
        sync.close();
    }
}

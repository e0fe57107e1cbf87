package io.waltally.app.http.route.tally;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.config.Configuration;
import io.waltally.app.fixture.FewPartitions;
import io.waltally.app.fixture.InstanceApi;
import io.waltally.app.fixture.Sql;
import io.waltally.app.run.Instance;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.role.RoleName;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.PostgresAddress;
import io.waltally.schemas.Lsn;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A query with the LSN after a commit includes that commit, on an otherwise idle database too. */
class ReadYourWritesIT {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final int WRITES = 15;
    private static final int READS = 5;
    private static final String TIMEOUT_PARAMETER = "&timeout=60s";

    @TempDir
    private Path directory;

    private Infrastructure servers;
    private Instance instance;

    @BeforeEach
    void start() throws Exception {
        servers = Infrastructure.forTests();
        Map<String, String> values = FewPartitions.configuration(servers);
        values.put("http.port", "0");
        values.put("streams.state-directory", directory.toString());
        Configuration configuration = Configuration.from(values);
        configuration.sources().values().forEach(Migrations::migrate);
        instance = Instance.start(configuration, EnumSet.of(RoleName.CAPTURE, RoleName.STREAMS), new StopSignal())
                .orElseThrow();
        // Until then a user's partition may be on its way from one thread to the other, which is answered 503.
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (!instance.streaming()) {
            assertThat(System.nanoTime()).as("ready in time").isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    @AfterEach
    void stop() {
        instance.close();
        servers.close();
    }

    @Test
    void aReaderSeesItsOwnWrites() throws Exception {
        // Given
        execute(PostgresAddress.S3_DATABASE, "INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('b1', 0)");
        execute(
                PostgresAddress.SYNC_DATABASE,
                "INSERT INTO user_collections (user_id, collection_id, modified) VALUES (42, 7, now())");
        for (int i = 1; i <= WRITES; i++) {
            // When
            Lsn put = execute(
                    PostgresAddress.S3_DATABASE,
                    "INSERT INTO object_locations (object_key, backend_name, size_bytes) VALUES ('photos/" + i
                            + "', 'b1', 10)");
            // Then
            JsonNode backend = get("/api/backends/b1?min_lsn=" + put + TIMEOUT_PARAMETER);
            assertThat(backend.path("object_count").asInt())
                    .as(backend.toString())
                    .isEqualTo(i);
            assertThat(lsn(backend, "s3")).isGreaterThanOrEqualTo(put);
            JsonNode bucket = get("/api/buckets/photos?min_lsn=" + put + TIMEOUT_PARAMETER);
            assertThat(bucket.path("logical_bytes").asInt())
                    .as(bucket.toString())
                    .isEqualTo(10 * i);
            // When
            Lsn posted = execute(
                    PostgresAddress.SYNC_DATABASE,
                    "INSERT INTO bsos VALUES (42, 7, '" + i + "', NULL, 'four', now(), now() + interval '1 day')");
            // Then
            JsonNode collections = get("/api/users/42/collections?min_lsn=" + posted + TIMEOUT_PARAMETER);
            JsonNode bookmarks = collections.path("items").path(0);
            assertThat(bookmarks.path("count").asInt())
                    .as(collections.toString())
                    .isEqualTo(i);
            assertThat(bookmarks.path("collection").asText()).isEqualTo("bookmarks");
            assertThat(lsn(collections, "sync")).isGreaterThanOrEqualTo(posted);
            JsonNode storage = get("/api/users/42/storage?min_lsn=" + posted + TIMEOUT_PARAMETER);
            assertThat(storage.path("total_bytes").asInt())
                    .as(storage.toString())
                    .isEqualTo(4 * i);
        }
        JsonNode status = get("/api/status");
        assertThat(status.at("/sources/s3/applied_lsn").asText()).matches("[0-9A-F]+/[0-9A-F]+");
        assertThat(status.at("/sources/sync/applied_lsn").asText()).matches("[0-9A-F]+/[0-9A-F]+");
    }

    /** What waltally writes for one source moves the end of the WAL for the other one, where nothing happens. */
    @Test
    void aReaderOfAQuietDatabaseIsAnsweredWithinTheDefaultTimeout() throws Exception {
        // Given
        execute(PostgresAddress.S3_DATABASE, "INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('b1', 0)");
        Lsn created = execute(PostgresAddress.S3_DATABASE, "SELECT");
        get("/api/backends/b1?min_lsn=" + created + TIMEOUT_PARAMETER);
        for (int i = 0; i < READS; i++) {
            // When
            Lsn end = execute(PostgresAddress.SYNC_DATABASE, "SELECT pg_logical_emit_message(true, 'waltally', '')");
            // Then
            assertThat(lsn(get("/api/backends/b1?min_lsn=" + end), "s3")).isGreaterThanOrEqualTo(end);
        }
    }

    private static Lsn lsn(JsonNode answer, String source) {
        return Lsn.parse(answer.path("as_of").path(source).path("lsn").asText());
    }

    /** The position after the commit. */
    private Lsn execute(String database, String sql) throws SQLException {
        try (Connection connection = Sql.connect(servers, database)) {
            Sql.execute(connection, sql);
            return Sql.end(connection);
        }
    }

    private JsonNode get(String path) {
        HttpResponse<String> response = InstanceApi.get(instance, path);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return InstanceApi.json(response);
    }
}

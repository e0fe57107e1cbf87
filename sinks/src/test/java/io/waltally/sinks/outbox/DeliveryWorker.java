package io.waltally.sinks.outbox;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Delivers rows of {@code notification_outbox} as the worker of s3-orchestrator (its package {@code notify}, schema 11):
 * under an advisory lock, 50 rows at a time, the oldest first, each deleted once it was delivered or given up.
 */
final class DeliveryWorker {
    static final String SIGNATURE = "X-Webhook-Signature";

    private static final long LOCK = 1011;
    private static final int BATCH = 50;
    private static final int MAX_ATTEMPTS = 3;
    private static final int MAX_BACKOFF = 6;
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int SUCCESS = 2;
    private static final int HUNDRED = 100;

    private static final String PENDING = """
            SELECT id, event_type, payload, endpoint_url, attempts
            FROM notification_outbox
            WHERE next_retry <= NOW() AND attempts < 10
            ORDER BY created_at ASC
            LIMIT\s""" + BATCH;

    private final Connection connection;
    private final Map<String, String> secrets;
    private final HttpClient client = HttpClient.newHttpClient();

    private record Row(long id, String payload, String url, int attempts) {}

    /** @param secrets of the configured endpoints, by URL */
    DeliveryWorker(Connection connection, Map<String, String> secrets) {
        this.connection = connection;
        this.secrets = Map.copyOf(secrets);
    }

    /** Delivers one batch, unless another worker does. */
    void drainOnce() throws SQLException, InterruptedException {
        if (!asBoolean("SELECT pg_try_advisory_lock(" + LOCK + ")")) {
            return;
        }
        try {
            for (Row row : pending()) {
                process(row);
            }
        } finally {
            asBoolean("SELECT pg_advisory_unlock(" + LOCK + ")");
        }
    }

    private List<Row> pending() throws SQLException {
        List<Row> pending = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(PENDING)) {
            while (rows.next()) {
                pending.add(new Row(rows.getLong(1), rows.getString(3), rows.getString(4), rows.getInt(5)));
            }
        }
        return pending;
    }

    private void process(Row row) throws SQLException, InterruptedException {
        if (!secrets.containsKey(row.url()) || delivers(row) || row.attempts() + 1 >= MAX_ATTEMPTS) {
            update("DELETE FROM notification_outbox WHERE id = ?", row.id());
        } else {
            update(
                    "UPDATE notification_outbox SET attempts = attempts + 1, last_error = 'refused',"
                            + " next_retry = NOW() + make_interval(secs => "
                            + (1 << Math.min(row.attempts(), MAX_BACKOFF)) + ") WHERE id = ?",
                    row.id());
        }
    }

    private boolean delivers(Row row) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(row.url()))
                .timeout(TIMEOUT)
                .header("Content-Type", "application/cloudevents+json")
                .header(SIGNATURE, signature(secrets.get(row.url()), row.payload()))
                .POST(HttpRequest.BodyPublishers.ofString(row.payload()))
                .build();
        try {
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() / HUNDRED == SUCCESS;
        } catch (IOException e) {
            return false;
        }
    }

    static String signature(String secret, String body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return "sha256=" + HexFormat.of().formatHex(mac.doFinal(body.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean asBoolean(String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getBoolean(1);
        }
    }

    private void update(String sql, long id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, id);
            statement.executeUpdate();
        }
    }
}

package io.waltally.app.doctor.kafka;

import io.waltally.app.config.KafkaSettings;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.SaslConfigs;

/** Requests to the cluster that fail soon. */
public final class KafkaProbe {
    static final int TIMEOUT_MILLIS = 5_000;

    /** Leaves time for another broker, or another attempt, if packets are dropped. */
    private static final int CONNECT_MILLIS = 2_000;

    private KafkaProbe() {}

    /** The settings with short timeouts for all clients. */
    public static KafkaSettings withShortTimeouts(KafkaSettings kafka) {
        String answer = Integer.toString(TIMEOUT_MILLIS);
        String connection = Integer.toString(CONNECT_MILLIS);
        Map<String, String> properties = new HashMap<>(kafka.properties());
        properties.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, answer);
        properties.put(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, answer);
        properties.put(CommonClientConfigs.SOCKET_CONNECTION_SETUP_TIMEOUT_MS_CONFIG, connection);
        // Tokens come from a server of their own.
        properties.put(SaslConfigs.SASL_LOGIN_CONNECT_TIMEOUT_MS, connection);
        properties.put(SaslConfigs.SASL_LOGIN_READ_TIMEOUT_MS, connection);
        properties.put(SaslConfigs.SASL_LOGIN_RETRY_BACKOFF_MAX_MS, connection);
        return new KafkaSettings(properties);
    }

    static Admin admin(KafkaSettings kafka) {
        return Admin.create(Map.copyOf(kafka.properties()));
    }

    public static boolean hasTopic(KafkaSettings kafka, String topic) throws InterruptedException {
        try (Admin admin = admin(kafka)) {
            return await(admin.listTopics().names()).contains(topic);
        }
    }

    /** @throws KafkaException if the request fails, or is not answered in time */
    static <T> T await(KafkaFuture<T> future) throws InterruptedException {
        try {
            return future.get(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException cause ? cause : new KafkaException(e.getCause());
        } catch (TimeoutException e) {
            throw new org.apache.kafka.common.errors.TimeoutException("no answer", e);
        }
    }
}

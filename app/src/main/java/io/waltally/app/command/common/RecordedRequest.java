package io.waltally.app.command.common;

import io.waltally.app.config.Configuration;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicProvisioning;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;

/**
 * Writes a request to Kafka for all instances, and waits until the instance at the configured address reports that it
 * has applied the request.
 */
public final class RecordedRequest {
    /** The description, for their help, of commands that record a request. */
    public static final String DESCRIPTION =
            "The request is written to Kafka, for all instances. If one answers at the configured address (http.host,"
                    + " http.port), the command waits until it has followed the request.";

    private static final Duration TIMEOUT = Duration.ofSeconds(15);
    private static final long LOOK_MILLIS = 200;
    private static final int TIMEOUT_MILLIS = 10_000;

    private RecordedRequest() {}

    /**
     * Writes to a topic that may not exist yet.
     *
     * @throws CommandFailure if it could not be written
     */
    public static <T> T write(Configuration configuration, Topic<?, ?> topic, Supplier<T> request) {
        Map<String, Object> client = new HashMap<>(configuration.kafka().properties());
        client.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        client.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        try (Admin admin = Admin.create(client)) {
            // There may not have been any 'run' yet.
            new TopicProvisioning(admin).create(List.of(topic));
        } catch (org.apache.kafka.common.errors.TimeoutException e) {
            throw new CommandFailure(
                    "cannot reach Kafka at " + configuration.kafka().bootstrapServers() + " (kafka.bootstrap.servers)",
                    e);
        }
        try {
            return request.get();
        } catch (KafkaException e) {
            throw new CommandFailure("the request could not be written to Kafka: " + e.getMessage(), e);
        }
    }

    /**
     * Waits for the instance.
     *
     * @param subject the sink or endpoint of the request
     * @param shown the state that the instance reports for it; empty if no instance that runs it answers
     * @param followed whether it has followed the request
     * @param state for a message
     * @return whether an instance has followed it; false if none answers
     * @throws CommandFailure if it does not in time, or does not admit the request
     */
    public static <S> boolean await(
            String subject,
            Object instance,
            Supplier<Optional<S>> shown,
            Predicate<S> followed,
            Function<S, String> state,
            String list) {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (true) {
            Optional<S> seen;
            try {
                seen = shown.get();
            } catch (CommandFailure e) {
                throw new CommandFailure(
                        "the request is recorded, but it is not known what became of it: " + e.getMessage(), e);
            }
            if (seen.isEmpty()) {
                return false;
            }
            if (followed.test(seen.get())) {
                return true;
            }
            if (System.nanoTime() > deadline) {
                throw new CommandFailure("the request is recorded, but the instance at " + instance + " still shows "
                        + subject + " as " + state.apply(seen.get()) + "; '" + list + "' shows when that changes");
            }
            pause();
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("interrupted");
        }
    }
}

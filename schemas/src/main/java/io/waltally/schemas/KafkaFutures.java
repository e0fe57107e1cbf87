package io.waltally.schemas;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;

/**
 * Waits for results of Kafka's clients. Every method throws the {@link KafkaException} with which a request has failed,
 * and {@link InterruptException} if the thread is interrupted, whose interrupt status is kept.
 */
public final class KafkaFutures {
    private KafkaFutures() {}

    /** Waits for the result as long as the client does. */
    public static <T> T get(Future<T> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw failed(e);
        } catch (InterruptedException e) {
            throw new InterruptException("interrupted", e);
        }
    }

    /** @throws TimeoutException if there is no result in time */
    public static <T> T get(Future<T> future, Duration timeout) throws TimeoutException {
        try {
            return future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw failed(e);
        } catch (InterruptedException e) {
            throw new InterruptException("interrupted", e);
        }
    }

    private static KafkaException failed(ExecutionException failure) {
        return failure.getCause() instanceof KafkaException cause ? cause : new KafkaException(failure.getCause());
    }
}

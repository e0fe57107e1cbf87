package io.waltally.app.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.waltally.app.fixture.Wait;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BackgroundStatusTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final Semaphore answers = new Semaphore(0);
    private final AtomicInteger asked = new AtomicInteger();

    private JsonNode ask() {
        int number = asked.incrementAndGet();
        answers.acquireUninterruptibly();
        if (number == 1) {
            throw new IllegalStateException("no answer");
        }
        return JsonNodeFactory.instance.numberNode(number);
    }

    @Test
    void aServerThatDoesNotAnswerHoldsNobodyUpAndIsAskedOnceAtATime() {
        try (BackgroundStatus status = new BackgroundStatus(this::ask, Duration.ofMillis(1))) {
            assertThat(status.last()).isEmpty();
            answers.release(2);
            Wait.until(TIMEOUT, () -> "the second question", () -> asked.get() == 3);
            assertThat(status.last().orElseThrow().asInt())
                    .as("after a failure")
                    .isEqualTo(2);
        }
        assertThat(asked).as("while the third one waits").hasValue(3);
        answers.release();
    }
}

package io.waltally.app.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.waltally.app.config.Configuration;
import io.waltally.app.fixture.Wait;
import io.waltally.app.http.stream.EventLog;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class LiveEventsTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final EventLog log = new EventLog("run", 100, 10_000);
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch answered = new CountDownLatch(1);

    private final LiveSources sources = new NoSources() {
        @Override
        public JsonNode status() {
            asked.countDown();
            try {
                answered.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return JsonNodeFactory.instance.objectNode().put("ready", false);
        }

        @Override
        public Optional<JsonNode> sinks() {
            return Optional.of(JsonNodeFactory.instance.objectNode());
        }
    };

    @Test
    void serversThatDoNotAnswerHoldUpNothingElse() throws IOException, InterruptedException {
        // Accepts connections, and answers nothing.
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Configuration configuration =
                    Configuration.from(Map.of("kafka.bootstrap.servers", "127.0.0.1:" + silent.getLocalPort()));
            try (LiveEvents events =
                    new LiveEvents(sources, configuration, configuration.catalogue(), new ReportedPositions())) {
                long began = System.nanoTime();
                events.produce(log);
                asked.await();
                events.produce(log);
                assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(TIMEOUT);
                assertThat(log.states(Set.of("rates", "sinks"))).hasSize(2);
                assertThat(log.states(Set.of("status"))).isEmpty();
                answered.countDown();
                Wait.until(TIMEOUT, () -> "the status", () -> {
                    events.produce(log);
                    return !log.states(Set.of("status")).isEmpty();
                });
            }
        }
    }
}

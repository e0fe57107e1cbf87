package io.waltally.app.http.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.fixture.Wait;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EventLogTest {
    private final EventLog log = new EventLog("run", 100, 200);

    @Test
    void anEventThatIsTooLargeToBeKeptIsMissedAndSoAreAllBefore() throws InterruptedException {
        log.append("users", Map.of());
        log.append("users", Map.of("text", "x".repeat(300)));
        EventLog.Batch batch = log.read(0, Set.of(), Duration.ZERO);
        assertThat(batch.missed()).isTrue();
        assertThat(batch.frames()).isEmpty();
        assertThat(batch.position()).isEqualTo(2);
        log.append("users", Map.of());
        assertThat(log.read(batch.position(), Set.of(), Duration.ZERO).missed()).isFalse();
    }

    @Test
    void aClientThatWantsOtherTypesComesBackWithAnIdThatTheLogStillKnows() throws Exception {
        EventLog busy = new EventLog("run", 3, 10_000);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
            try {
                StreamRoutes.send(busy, busy.end(), Set.of("buckets"), 0, Optional.empty(), Duration.ofMillis(20), out);
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        Wait.until(Duration.ofSeconds(20), out::toString, () -> {
            busy.append("users", Map.of());
            return out.toString(StandardCharsets.UTF_8).contains("id: run-");
        });
        busy.close();
        sending.get(20, TimeUnit.SECONDS);
        assertThat(out.toString(StandardCharsets.UTF_8)).doesNotContain("event:");
        String last = out.toString(StandardCharsets.UTF_8).replaceFirst("(?s).*id: (run-[0-9]+)\n.*", "$1");
        assertThat(busy.read(busy.after(last).orElseThrow(), Set.of(), Duration.ZERO)
                        .missed())
                .isFalse();
    }

    @Test
    void aClientGetsTheIdOfAPositionWithoutAnEvent() {
        log.append("users", Map.of());
        String passed = new String(log.passed(log.end()), StandardCharsets.UTF_8);
        assertThat(passed).isEqualTo("id: run-1\n\n");
        assertThat(log.after("run-1")).hasValue(1);
    }
}

package io.waltally.sinks.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.control.SinkControl;
import io.waltally.schemas.control.SinkControlKey;
import io.waltally.schemas.request.RequestWriter;
import io.waltally.sinks.SinkFixture;
import io.waltally.sinks.target.ResetRequest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SinkControlWriterIT {
    private static final int ROUNDS = Integer.getInteger("waltally.rounds", 4);
    private static final int OTHERS = 2;

    @RegisterExtension
    private final SinkFixture fixture = new SinkFixture();

    private SinkControlWriter writer;
    private SinkControls controls;

    @BeforeEach
    void follow() {
        writer = new SinkControlWriter(fixture.catalogue(), fixture.kafka());
        controls = fixture.closing(new SinkControls(fixture.catalogue(), fixture.kafka()));
        controls.start();
        assertThat(controls.await(Duration.ofSeconds(30))).isTrue();
    }

    @Test
    void aRequestHoldsForItsSinkOnlyAndUntilTheNext() throws Exception {
        writer.pause("one");
        SinkFixture.waitFor("one is paused", () -> controls.of("one").getPaused());
        assertThat(controls.of("two").getPaused()).isFalse();
        assertThat(controls.of("one").getResetId()).isEmpty();
        SinkControl reset = writer.resume("one", true);
        SinkFixture.waitFor("one is reset", () -> controls.of("one").equals(reset));
        assertThat(reset.getPaused()).isFalse();
        assertThat(reset.getResetId()).isNotEmpty();
        // A later start of an instance sees the same.
        writer.pause("one");
        SinkControls later = fixture.closing(new SinkControls(fixture.catalogue(), fixture.kafka()));
        later.start();
        assertThat(later.await(Duration.ofSeconds(30))).isTrue();
        assertThat(later.of("one").getPaused()).isTrue();
        assertThat(later.of("one").getResetId()).isEqualTo(reset.getResetId());
        writer.resume("one", false);
        SinkFixture.waitFor("one is resumed", () -> !later.of("one").getPaused());
        assertThat(later.of("one").getResetId()).isEqualTo(reset.getResetId());
        SinkControl next = writer.resume("one", true);
        assertThat(new ResetRequest(next.getResetId(), next.getResetAt()).isLaterThan(reset.getResetId()))
                .isTrue();
    }

    @Test
    void pausesAtTheSameTimeDoNotUndoAReset() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            List<CompletableFuture<SinkControl>> pauses = Stream.generate(
                            () -> new SinkControlWriter(fixture.catalogue(), fixture.kafka()))
                    .limit(OTHERS)
                    .map(other -> CompletableFuture.supplyAsync(() -> other.pause("one")))
                    .toList();
            SinkControl reset = writer.resume("one", true);
            pauses.forEach(CompletableFuture::join);
            writer.pause("end");
            SinkFixture.waitFor("all is read", () -> controls.of("end").getPaused());
            assertThat(controls.of("one").getResetId()).as("round " + round).isEqualTo(reset.getResetId());
            writer.resume("end", false);
            SinkFixture.waitFor("all is read", () -> !controls.of("end").getPaused());
        }
    }

    /** Writers that retry at once fence each other for ever: each has begun anew before the other commits. */
    @Test
    void writersThatFenceEachOtherEventuallySucceed() {
        Turns turns = new Turns();
        List<CompletableFuture<Optional<SinkControl>>> changes = Stream.of("one", "two")
                .map(sink -> CompletableFuture.supplyAsync(() -> new RequestWriter<>(
                                fixture.catalogue().sinkControls(), "in-step", fixture.kafka())
                        .change(new SinkControlKey(sink), last -> {
                            turns.awaitNext();
                            return Optional.of(SinkControls.NONE);
                        })))
                .toList();
        assertThat(changes).allSatisfy(change -> assertThat(change.join()).isPresent());
        assertThat(turns.taken()).as("attempts").isGreaterThan(2);
    }

    /** Those who have fenced the other one. */
    private static final class Turns {
        private static final long TIMEOUT_MILLIS = 400;
        private static final long FIRST_TIMEOUT_MILLIS = 30_000;

        private int taken;

        /** Takes a turn, and waits for the next one, which another writer takes if it retries soon. */
        synchronized void awaitNext() {
            taken++;
            int mine = taken;
            notifyAll();
            // The first one waits until it is fenced.
            long timeout = mine == 1 ? FIRST_TIMEOUT_MILLIS : TIMEOUT_MILLIS;
            long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeout);
            try {
                for (long left = timeout;
                        taken == mine && left > 0;
                        left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())) {
                    wait(left);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        synchronized int taken() {
            return taken;
        }
    }
}

package io.waltally.app.http.route.tally;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.http.ApiFixture;
import io.waltally.app.http.ApiFixture.Answer;
import io.waltally.app.http.FakeTallies;
import io.waltally.app.http.route.query.MinLsn;
import io.waltally.app.tally.AsOf;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MinLsnTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final ApiFixture api = new ApiFixture();
    private final FakeTallies tallies = api.tallies;

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void answersSayAsOfWhenTheirSourceIsComplete() {
        assertThat(api.get("/api/backends").json().path("as_of")).isEmpty();
        applied(Source.S3, 3, "0/16B3748");
        applied(Source.SYNC, 1, "1/0");
        for (String path : List.of("/api/backends", "/api/buckets")) {
            assertThat(api.get(path).json().path("as_of")).hasToString("{\"s3\":{\"lsn\":\"0/16B3748\",\"epoch\":3}}");
        }
        assertThat(api.get("/api/users/42/collections").json().path("as_of"))
                .hasToString("{\"sync\":{\"lsn\":\"1/0\",\"epoch\":1}}");
    }

    @Test
    void asOfIsAskedForBeforeTheValuesAreRead() {
        // Given tallies that get further as soon as it was said how far they are
        tallies.backends.put("b", FakeTallies.quota(1));
        applied(Source.S3, 0, "0/10");
        tallies.afterLook = () -> tallies.backends.put("b", FakeTallies.quota(9));
        // When
        JsonNode backend = api.get("/api/backends/b").json();
        // Then
        assertThat(backend.path("bytes_used").asLong()).isEqualTo(9);
        assertThat(backend.at("/as_of/s3/lsn").asText()).isEqualTo("0/10");
    }

    @Test
    void aReadWaitsUntilTheLsnIsReachedAndSeesWhatWasWritten() {
        // Given
        tallies.backends.put("b", FakeTallies.quota(1));
        applied(Source.S3, 0, "0/10");
        CompletableFuture<Answer> answer = api.getting("/api/backends/b?min_lsn=0/20&timeout=30s");
        await(() -> tallies.looks.get() > 3);
        assertThat(answer).isNotDone();
        // When
        tallies.backends.put("b", FakeTallies.quota(2));
        applied(Source.S3, 0, "0/20");
        // Then
        assertThat(answer.orTimeout(30, TimeUnit.SECONDS)
                        .join()
                        .json()
                        .path("bytes_used")
                        .asLong())
                .isEqualTo(2);
        assertThat(answer.join().json().at("/as_of/s3/lsn").asText()).isEqualTo("0/20");
    }

    @Test
    void everyReadOfTalliesWaits() {
        applied(Source.S3, 0, "0/10");
        applied(Source.SYNC, 0, "0/10");
        tallies.backends.put("b", FakeTallies.quota(1));
        tallies.buckets.put("b", FakeTallies.bucket(1, 1));
        tallies.buckets.put("", FakeTallies.bucket(1, 1));
        tallies.storage.put(42L, FakeTallies.stored(1));
        for (String path : List.of(
                "/api/backends",
                "/api/backends/b",
                "/api/buckets",
                "/api/buckets/",
                "/api/buckets/b",
                "/api/users/42/collections",
                "/api/users/42/storage")) {
            assertThat(api.get(path + "?min_lsn=0/10").status()).as(path).isEqualTo(200);
            assertThat(api.get(path + "?min_lsn=0/11&timeout=0s").status())
                    .as(path)
                    .isEqualTo(504);
        }
    }

    @Test
    void timeoutReportsTheAppliedPosition() {
        api.get("/api/backends?min_lsn=0/20&timeout=10ms")
                .isProblem(
                        504,
                        "the tallies are complete up to a position that is not known yet; they did not get to 0/20"
                                + " within 10 ms");
        applied(Source.S3, 3, "0/10");
        Answer answer = api.get("/api/backends?min_lsn=0/20&timeout=10ms");
        answer.isProblem(
                504, "the tallies are complete up to 0/10 of s3, epoch 3; they did not get to 0/20 within 10 ms");
        assertThat(answer.json().at("/as_of/s3/lsn").asText()).isEqualTo("0/10");
        tallies.notNow = Optional.of("the topologies are starting");
        api.get("/api/backends?min_lsn=0/20&timeout=10ms").isProblem(503, "the topologies are starting");
    }

    @Test
    void readWaitsWhileTopologiesAreStarting() {
        applied(Source.S3, 0, "0/20");
        tallies.notNow = Optional.of("the topologies are starting");
        CompletableFuture<Answer> answer = api.getting("/api/backends?min_lsn=0/20&timeout=30s");
        await(() -> tallies.looks.get() > 3);
        tallies.notNow = Optional.empty();
        assertThat(answer.orTimeout(30, TimeUnit.SECONDS).join().status()).isEqualTo(200);
    }

    @Test
    void malformedParametersAreRejected() {
        api.get("/api/backends?min_lsn=here")
                .isProblem(400, "min_lsn is \"here\": not an LSN: \"here\" (expected the form 0/16B3748)");
        api.get("/api/backends?min_lsn=0/10&timeout=5")
                .isProblem(400, "timeout is \"5\": must be a duration such as 20ms, 5s, 10m, 2h or 7d");
        api.get("/api/backends?min_lsn=0/10&timeout=61s").isProblem(400, "timeout is \"61s\": must be at most 60s");
        assertThat(api.get("/api/backends?timeout=5s").status()).isEqualTo(200);
        api.get("/api/backends?timeout=1h").isProblem(400, "timeout is \"1h\": must be at most 60s");
    }

    /** More than the server has threads. */
    @Test
    void requestsThatWaitHoldNoThread() {
        applied(Source.S3, 0, "0/10");
        List<CompletableFuture<Answer>> waiting = IntStream.range(0, 400)
                .mapToObj(i -> api.getting("/api/backends?min_lsn=0/20&timeout=60s"))
                .toList();
        await(() -> tallies.looks.get() > 400);
        assertThat(api.get("/api/backends").status()).isEqualTo(200);
        applied(Source.S3, 0, "0/20");
        waiting.forEach(answer -> assertThat(
                        answer.orTimeout(60, TimeUnit.SECONDS).join().status())
                .isEqualTo(200));
    }

    @Test
    void lsnBeyondTheEndOfTheWalIsRejected() {
        applied(Source.S3, 3, "0/10");
        api.serverEnds.put(Source.S3, Lsn.parse("0/30"));
        CompletableFuture<Answer> possible = api.getting("/api/backends?min_lsn=0/30&timeout=60s");
        api.get("/api/backends?min_lsn=0/31&timeout=60s")
                .isProblem(
                        409,
                        "min_lsn is 0/31, and the WAL of the server of s3 ends at 0/30: it is a position of another server,"
                                + " or of this one before it was restored");
        applied(Source.S3, 3, "0/30");
        assertThat(possible.orTimeout(30, TimeUnit.SECONDS).join().status()).isEqualTo(200);
    }

    /** A position that the application reads just before its request may be younger than the last answer of the server. */
    @Test
    void walEndReadBeforeTheRequestDoesNotRejectIt() {
        applied(Source.S3, 3, "0/10");
        api.serverEnds.put(Source.S3, Lsn.parse("0/30"));
        long readAt = System.nanoTime();
        api.walEndsReadAt = () -> readAt;
        CompletableFuture<Answer> younger = api.getting("/api/backends?min_lsn=0/31&timeout=60s");
        await(() -> api.endsAsked.get() > 3);
        assertThat(younger).isNotDone();
        applied(Source.S3, 3, "0/31");
        assertThat(younger.orTimeout(30, TimeUnit.SECONDS).join().status()).isEqualTo(200);
    }

    @Test
    void readsAreRejectedBeyondTheLimitOfWaitingRequests() {
        try (MinLsnWaiter waits = new MinLsnWaiter(Runnable::run, 1, (since, source) -> Optional.empty())) {
            MinLsn never = new MinLsn(new Lsn(1), Duration.ofSeconds(60));
            CompletableFuture<Void> first = waits.until(never, Optional::empty);
            assertThatThrownBy(() -> waits.until(never, Optional::empty))
                    .isInstanceOf(TallyQueries.TalliesUnavailableException.class)
                    .hasMessage("1 requests wait for an LSN already; try again");
            assertThat(first).isNotDone();
        }
    }

    @Test
    void aStopEndsTheWaits() {
        applied(Source.S3, 0, "0/10");
        CompletableFuture<Answer> answer = api.getting("/api/backends?min_lsn=0/20&timeout=60s");
        await(() -> tallies.looks.get() > 1);
        api.close();
        answer.orTimeout(30, TimeUnit.SECONDS).join().isProblem(503, "this instance is stopping");
    }

    private void applied(Source source, int epoch, String lsn) {
        tallies.asOf.put(source, new AsOf(source, epoch, Lsn.parse(lsn)));
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }
}

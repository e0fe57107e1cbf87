package io.waltally.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.UnansweredFailure;
import io.waltally.app.tally.Json;
import io.waltally.schemas.Source;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpTimeoutException;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class SnapshotWaitTest {
    private static final String INSTANCE = "http://127.0.0.1:8080";

    private final StringWriter err = new StringWriter();

    private void waitFor(List<Supplier<Optional<JsonNode>>> answers) throws InterruptedException {
        Iterator<Supplier<Optional<JsonNode>>> next = answers.iterator();
        new SnapshotWait("s3.backend_quotas", Source.of("s3"), INSTANCE, new PrintWriter(err, true))
                .untilComplete("7", () -> next.next().get());
    }

    private static Supplier<Optional<JsonNode>> status(String section) {
        return () -> Optional.of(
                Json.parse("{\"sources\": {\"s3\": {\"state\": \"streaming\", \"%s\": [{\"id\": \"7\", \"rows\": 9}]}}}"
                        .formatted(section)));
    }

    private static Optional<JsonNode> unanswered() {
        throw new UnansweredFailure("not answered within 30 s", new HttpTimeoutException("timed out"));
    }

    @Test
    void waitingGoesOnWhileTheInstanceDoesNotAnswerAndSaysSoOnce() throws InterruptedException {
        waitFor(List.of(
                SnapshotWaitTest::unanswered,
                SnapshotWaitTest::unanswered,
                status("snapshots"),
                status("completed_snapshots")));
        assertThat(err.toString().lines()).containsExactly("not answered within 30 s; waiting goes on", "9 rows");
    }

    @Test
    void anInstanceThatIsGoneHasEnded() {
        assertThatThrownBy(() -> waitFor(List.of(status("snapshots"), Optional::empty)))
                .isInstanceOf(CommandFailure.class)
                .hasMessageStartingWith("the instance at " + INSTANCE + " has ended");
    }
}

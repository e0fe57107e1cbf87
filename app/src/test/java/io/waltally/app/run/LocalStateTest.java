package io.waltally.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.run.LocalState.Identity;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LocalStateTest {
    private static final Identity MADE =
            new Identity("c1", "tally", "octets", Map.of("tally-objects-changelog", "id1"));

    @Test
    void stateOfTheSameHistoryIsUsed() {
        assertThat(MADE.difference(MADE)).isEmpty();
    }

    @Test
    void aTopicThatIsNewIsNoOtherHistory() {
        Identity now = new Identity(
                "c1", "tally", "octets", Map.of("tally-objects-changelog", "id1", "tally-uploads-changelog", "id2"));
        assertThat(MADE.difference(now)).isEmpty();
    }

    @Test
    void anotherClusterIsAnotherHistory() {
        assertThat(MADE.difference(new Identity("c2", "tally", "octets", MADE.topics())))
                .hasValueSatisfying(reason -> assertThat(reason).contains("c1", "c2"));
    }

    @Test
    void anotherApplicationIsAnotherHistory() {
        assertThat(MADE.difference(new Identity("c1", "other", "octets", MADE.topics())))
                .hasValueSatisfying(reason -> assertThat(reason).contains("tally", "other"));
    }

    @Test
    void aTopicThatWasMadeAgainIsAnotherHistory() {
        assertThat(MADE.difference(new Identity("c1", "tally", "octets", Map.of("tally-objects-changelog", "id9"))))
                .hasValueSatisfying(
                        reason -> assertThat(reason).contains("tally-objects-changelog", "deleted and made again"));
    }

    @Test
    void aTopicThatIsGoneIsAnotherHistory() {
        assertThat(MADE.difference(new Identity("c1", "tally", "octets", Map.of())))
                .hasValueSatisfying(reason -> assertThat(reason).contains("tally-objects-changelog", "does not exist"));
    }
}

package io.waltally.app.run.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StateIdentityTest {
    private static final StateIdentity MADE =
            new StateIdentity("c1", "tally", "octets", Map.of("tally-objects-changelog", "id1"));

    @Test
    void stateOfTheSameHistoryIsUsed() {
        assertThat(MADE.difference(MADE)).isEmpty();
    }

    @Test
    void aTopicThatIsNewIsNoOtherHistory() {
        StateIdentity now = new StateIdentity(
                "c1", "tally", "octets", Map.of("tally-objects-changelog", "id1", "tally-uploads-changelog", "id2"));
        assertThat(MADE.difference(now)).isEmpty();
    }

    @Test
    void anotherClusterIsAnotherHistory() {
        assertThat(MADE.difference(new StateIdentity("c2", "tally", "octets", MADE.topics())))
                .hasValueSatisfying(reason -> assertThat(reason).contains("c1", "c2"));
    }

    @Test
    void anotherApplicationIsAnotherHistory() {
        assertThat(MADE.difference(new StateIdentity("c1", "other", "octets", MADE.topics())))
                .hasValueSatisfying(reason -> assertThat(reason).contains("tally", "other"));
    }

    @Test
    void aTopicThatWasMadeAgainIsAnotherHistory() {
        assertThat(MADE.difference(
                        new StateIdentity("c1", "tally", "octets", Map.of("tally-objects-changelog", "id9"))))
                .hasValueSatisfying(
                        reason -> assertThat(reason).contains("tally-objects-changelog", "deleted and created again"));
    }

    @Test
    void aTopicThatIsGoneIsAnotherHistory() {
        assertThat(MADE.difference(new StateIdentity("c1", "tally", "octets", Map.of())))
                .hasValueSatisfying(reason -> assertThat(reason).contains("tally-objects-changelog", "does not exist"));
    }

    /** A store that a later version does not have leaves a topic behind, which may be deleted. */
    @Test
    void whatIsUsedNoMoreMayGo() {
        assertThat(MADE.only(Set.of("tally-uploads-changelog"))
                        .difference(new StateIdentity("c1", "tally", "octets", Map.of())))
                .isEmpty();
    }
}

package io.waltally.app.run.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StateIdentityTest {
    private static final Set<String> STORES = Set.of("objects", "uploads");
    private static final StateIdentity MADE =
            new StateIdentity("c1", "tally", "octets", Map.of("tally-s3-state-changelog", "id1"), STORES);

    @Test
    void stateOfTheSameHistoryIsUsed() {
        assertThat(MADE.difference(MADE)).isEmpty();
    }

    @Test
    void aTopicThatIsNewIsNoOtherHistory() {
        StateIdentity now = new StateIdentity(
                "c1",
                "tally",
                "octets",
                Map.of("tally-s3-state-changelog", "id1", "tally-sync-state-changelog", "id2"),
                STORES);
        assertThat(MADE.difference(now)).isEmpty();
    }

    @Test
    void anotherClusterIsAnotherHistory() {
        assertThat(MADE.difference(new StateIdentity("c2", "tally", "octets", MADE.topics(), STORES)))
                .hasValueSatisfying(reason -> assertThat(reason).contains("c1", "c2"));
    }

    @Test
    void anotherApplicationIsAnotherHistory() {
        assertThat(MADE.difference(new StateIdentity("c1", "other", "octets", MADE.topics(), STORES)))
                .hasValueSatisfying(reason -> assertThat(reason).contains("tally", "other"));
    }

    @Test
    void aTopicThatWasMadeAgainIsAnotherHistory() {
        assertThat(MADE.difference(
                        new StateIdentity("c1", "tally", "octets", Map.of("tally-s3-state-changelog", "id9"), STORES)))
                .hasValueSatisfying(
                        reason -> assertThat(reason).contains("tally-s3-state-changelog", "deleted and created again"));
    }

    @Test
    void aTopicThatIsGoneIsAnotherHistory() {
        assertThat(MADE.difference(new StateIdentity("c1", "tally", "octets", Map.of(), STORES)))
                .hasValueSatisfying(
                        reason -> assertThat(reason).contains("tally-s3-state-changelog", "does not exist"));
    }

    /** A store that a later version does not have leaves a topic behind, which may be deleted. */
    @Test
    void unusedTopicsMayBeMissing() {
        assertThat(MADE.only(Set.of("tally-sync-state-changelog"))
                        .difference(new StateIdentity("c1", "tally", "octets", Map.of(), STORES)))
                .isEmpty();
    }
}

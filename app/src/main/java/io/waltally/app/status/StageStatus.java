package io.waltally.app.status;

import java.util.Map;
import java.util.Optional;

/**
 * Where one stage stands.
 *
 * @param lag committed records that it has not yet consumed; empty if that could not be found out
 * @param members instances' threads at work
 * @param deadLetters records that it set aside and that are still in its dead letter topic: those of topologies by source,
 *     those of webhooks by endpoint
 */
public record StageStatus(
        String state,
        Optional<String> reason,
        Optional<Long> lag,
        Optional<Integer> members,
        Map<String, DeadLetterCount> deadLetters) {
    public StageStatus(String state, Optional<String> reason, Optional<Long> lag, Optional<Integer> members) {
        this(state, reason, lag, members, Map.of());
    }

    public StageStatus with(String newState, Optional<String> newReason) {
        return new StageStatus(newState, newReason, lag, members, deadLetters);
    }

    /** Of both together: what one of them does that does not run. */
    StageStatus and(StageStatus other) {
        StageStatus told = state.equals("running") ? other : this;
        return new StageStatus(
                told.state,
                told.reason,
                lag.flatMap(one -> other.lag.map(more -> one + more)),
                members.flatMap(one -> other.members.map(more -> one + more)));
    }

    StageStatus with(Map<String, DeadLetterCount> letters) {
        return new StageStatus(state, reason, lag, members, letters);
    }
}

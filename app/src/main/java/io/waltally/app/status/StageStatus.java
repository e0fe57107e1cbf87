package io.waltally.app.status;

import java.util.Map;
import java.util.Optional;

/**
 * The status of a stage.
 *
 * @param lag committed records that it has not consumed yet; empty if unknown
 * @param members active threads of all instances
 * @param deadLetters open ones: of topologies by source, of webhooks by endpoint
 */
public record StageStatus(
        String state,
        Optional<String> reason,
        Optional<Long> lag,
        Optional<Integer> members,
        Map<String, DeadLetterCount> deadLetters) {
    static final String RUNNING = "running";

    public StageStatus(String state, Optional<String> reason, Optional<Long> lag, Optional<Integer> members) {
        this(state, reason, lag, members, Map.of());
    }

    /** The reason why it does not run fully although its group does; empty while the group does not run. */
    public Optional<String> reasonWhileRunning() {
        return reason.filter(known -> state.equals(RUNNING));
    }

    public StageStatus with(String newState, Optional<String> newReason) {
        return new StageStatus(newState, newReason, lag, members, deadLetters);
    }

    /** The status of both together: that of the one which is not running, if there is one. */
    StageStatus and(StageStatus other) {
        StageStatus source = state.equals(RUNNING) ? other : this;
        return new StageStatus(
                source.state,
                source.reason,
                lag.flatMap(one -> other.lag.map(more -> one + more)),
                members.flatMap(one -> other.members.map(more -> one + more)));
    }

    StageStatus with(Map<String, DeadLetterCount> letters) {
        return new StageStatus(state, reason, lag, members, letters);
    }
}

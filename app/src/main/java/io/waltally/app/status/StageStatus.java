package io.waltally.app.status;

import java.util.Optional;

/**
 * Where one stage stands.
 *
 * @param lag committed records that it has not yet consumed; empty if that could not be found out
 * @param members instances' threads at work
 */
public record StageStatus(String state, Optional<String> reason, Optional<Long> lag, Optional<Integer> members) {
    public StageStatus with(String newState, Optional<String> newReason) {
        return new StageStatus(newState, newReason, lag, members);
    }
}

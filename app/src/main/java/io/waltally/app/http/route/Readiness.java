package io.waltally.app.http.route;

import java.util.List;

/**
 * States whether the roles of this process make progress.
 *
 * @param reasons why not, one sentence each
 */
public record Readiness(boolean ready, List<String> reasons) {
    public Readiness {
        reasons = List.copyOf(reasons);
    }

    public static Readiness of(List<String> reasons) {
        return new Readiness(reasons.isEmpty(), reasons);
    }
}

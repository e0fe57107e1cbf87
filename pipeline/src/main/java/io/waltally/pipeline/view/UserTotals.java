package io.waltally.pipeline.view;

import java.math.BigInteger;

/**
 * Sums over users.
 *
 * @param users number of users
 * @param totalBytes of their payloads; may exceed a long
 * @param degraded whether the storage of one of them is
 */
public record UserTotals(long users, BigInteger totalBytes, boolean degraded) {
    public static final UserTotals NONE = new UserTotals(0, BigInteger.ZERO, false);

    public UserTotals plus(UserTotals other) {
        return new UserTotals(users + other.users, totalBytes.add(other.totalBytes), degraded || other.degraded);
    }
}

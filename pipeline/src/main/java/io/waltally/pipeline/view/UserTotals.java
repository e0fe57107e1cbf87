package io.waltally.pipeline.view;

/**
 * Sums over users.
 *
 * @param users how many
 * @param totalBytes of their payloads
 */
public record UserTotals(long users, long totalBytes) {
    public static final UserTotals NONE = new UserTotals(0, 0);

    public UserTotals plus(UserTotals other) {
        return new UserTotals(users + other.users, totalBytes + other.totalBytes);
    }
}

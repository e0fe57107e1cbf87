package io.waltally.pipeline.view;

import io.waltally.schemas.agg.UserStorage;

/** A user of a list. */
public record ListedUser(long userId, UserStorage storage) {
    public UserSortKey place() {
        return new UserSortKey(storage.getTotalBytes(), userId);
    }
}

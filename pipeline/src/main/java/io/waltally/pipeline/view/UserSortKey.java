package io.waltally.pipeline.view;

/** The place of a user in a list: all that its orders depend on. */
public record UserSortKey(long totalBytes, long userId) {}

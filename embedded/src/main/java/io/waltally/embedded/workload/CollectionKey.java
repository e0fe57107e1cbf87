package io.waltally.embedded.workload;

/** A user's collection. */
public record CollectionKey(long userId, int collectionId) {}

package io.waltally.workload.oracle;

/** A user's collection. */
public record CollectionKey(long userId, int collectionId) {}

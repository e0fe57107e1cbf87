package io.waltally.workload.oracle;

import java.time.Instant;
import java.util.Optional;

/**
 * The content of a user's collection.
 *
 * @param collection its name; empty if no name is known for its id
 * @param count unexpired records
 * @param totalBytes the sum of their payloads' lengths as PostgreSQL's LENGTH counts them: code points
 * @param modified as the application keeps it
 */
public record CollectionTally(Optional<String> collection, long count, long totalBytes, Instant modified) {}

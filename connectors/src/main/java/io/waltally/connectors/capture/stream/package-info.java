/**
 * The changes of the replication stream. In: source records. Out: whole transactions to the publisher; between two of
 * them, room for a chunk of a snapshot.
 */
@NullMarked
package io.waltally.connectors.capture.stream;

import org.jspecify.annotations.NullMarked;

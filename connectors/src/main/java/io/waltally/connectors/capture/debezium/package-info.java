/**
 * Debezium's embedded engine, with the parts of it that capture replaces. In: the replication stream. Out: source
 * records, in the order of the WAL.
 */
@NullMarked
package io.waltally.connectors.capture.debezium;

import org.jspecify.annotations.NullMarked;

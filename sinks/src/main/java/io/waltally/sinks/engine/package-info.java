/**
 * Runs sinks. In: committed records. Out: transactions of a {@link io.waltally.sinks.target.Target}, each with the
 * offsets that it contains. Shares partitions among instances, retries, and writes dead letters for refused records.
 */
@NullMarked
package io.waltally.sinks.engine;

import org.jspecify.annotations.NullMarked;

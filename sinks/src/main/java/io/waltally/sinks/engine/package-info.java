/**
 * Reads topics, in: committed records; out: transactions of a {@link io.waltally.sinks.target.Target}, each with the
 * positions up to which it has the topics. Shares partitions among instances, retries, and sets refused records aside.
 */
@NullMarked
package io.waltally.sinks.engine;

import org.jspecify.annotations.NullMarked;

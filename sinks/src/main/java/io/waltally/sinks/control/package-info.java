/**
 * Requests of operators to sinks. In: commands and the HTTP API. Out: records of a compacted topic, which the engine of
 * every instance follows.
 */
@NullMarked
package io.waltally.sinks.control;

import org.jspecify.annotations.NullMarked;

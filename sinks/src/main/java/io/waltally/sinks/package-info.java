/**
 * Sinks: topics into databases and files, exactly once. {@code engine} reads topics and recovers from failures, {@code
 * target} is what it asks of the place that a sink writes to, and the other packages are such places.
 */
@NullMarked
package io.waltally.sinks;

import org.jspecify.annotations.NullMarked;

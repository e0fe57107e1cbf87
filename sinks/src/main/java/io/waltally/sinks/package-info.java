/**
 * Sinks write topics to databases and files, exactly once. {@code engine} reads topics and recovers from failures,
 * {@code control} has the requests of operators, {@code target} is the interface of targets, and the other packages
 * implement it.
 */
@NullMarked
package io.waltally.sinks;

import org.jspecify.annotations.NullMarked;

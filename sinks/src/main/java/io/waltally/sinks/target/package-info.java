/** The contract between the engine and the place that a sink writes to. */
@NullMarked
package io.waltally.sinks.target;

import org.jspecify.annotations.NullMarked;

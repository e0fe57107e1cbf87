/** Benchmarks of the whole pipeline: its speed, its growth with state and instances, and its recovery after a crash. */
@NullMarked
package io.waltally.bench.pipeline;

import org.jspecify.annotations.NullMarked;

/**
 * Benchmarks, each beside its upper bounds in the same run, because the speed of a machine varies more than the results. This
 * package writes the rows and holds the results.
 */
@NullMarked
package io.waltally.bench;

import org.jspecify.annotations.NullMarked;

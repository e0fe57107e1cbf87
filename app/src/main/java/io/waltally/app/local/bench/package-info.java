/** The subcommands of {@code bench}, and the targets that they hand to the benchmarks. */
@NullMarked
package io.waltally.app.local.bench;

import org.jspecify.annotations.NullMarked;

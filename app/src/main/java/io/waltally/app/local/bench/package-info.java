/**
 * The subcommands of {@code bench}, and the targets that they hand to the benchmarks. Twelve of the types are commands and
 * groups of their options, which picocli wants as a class each.
 */
@NullMarked
package io.waltally.app.local.bench;

import org.jspecify.annotations.NullMarked;

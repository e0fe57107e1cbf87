/** Compact binary serdes of state stores and repartition topics, and the definitions of the stores. */
@NullMarked
package io.waltally.pipeline.state;

import org.jspecify.annotations.NullMarked;

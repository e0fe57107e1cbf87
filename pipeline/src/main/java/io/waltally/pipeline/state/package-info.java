/** Compact binary forms of what topologies keep and repartition, and the definitions of their stores. */
@NullMarked
package io.waltally.pipeline.state;

import org.jspecify.annotations.NullMarked;

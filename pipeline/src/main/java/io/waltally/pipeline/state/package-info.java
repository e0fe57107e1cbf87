/** Compact binary forms of what topologies keep and repartition, and the definitions of their stores. */
package io.waltally.pipeline.state;

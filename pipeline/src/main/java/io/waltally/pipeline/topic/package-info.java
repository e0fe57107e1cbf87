/** Partitioning of the topics in the catalogue. */
@NullMarked
package io.waltally.pipeline.topic;

import org.jspecify.annotations.NullMarked;

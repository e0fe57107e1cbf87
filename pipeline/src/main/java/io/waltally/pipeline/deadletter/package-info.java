/**
 * Records of cdc topics that cannot be processed. Serdes return a {@link io.waltally.pipeline.deadletter.ReceivedValue}
 * instead of throwing, so that the row processor decides: it sends the record to the dead letter topic and remembers the
 * row as one of the {@link io.waltally.pipeline.deadletter.UncertainRows} until a valid record of the row arrives.
 */
@NullMarked
package io.waltally.pipeline.deadletter;

import org.jspecify.annotations.NullMarked;

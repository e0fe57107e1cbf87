package io.waltally.pipeline.row;

import io.waltally.schemas.control.DeadLetterEvent;
import io.waltally.schemas.control.DeadLetterKey;

/**
 * The result of a replay. It has no effect on tallies: what the replay changes comes before it, as other events.
 *
 * @param letter the dead letter that was replayed
 */
public record ReplayResult<S>(DeadLetterKey letter, DeadLetterEvent event) implements RowEvent<S> {}

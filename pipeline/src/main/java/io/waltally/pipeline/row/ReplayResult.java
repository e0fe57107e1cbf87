package io.waltally.pipeline.row;

import io.waltally.schemas.control.DeadLetterEvent;
import io.waltally.schemas.control.DeadLetterKey;

/**
 * Reports whether the replay of a dead letter changed its row. Has no effect on tallies: the changes of the replay come
 * before it, as other events.
 *
 * @param letter the dead letter that was replayed
 */
public record ReplayResult<S>(DeadLetterKey letter, DeadLetterEvent event) implements RowEvent<S> {}

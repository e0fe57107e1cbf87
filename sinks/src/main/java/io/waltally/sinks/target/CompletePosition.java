package io.waltally.sinks.target;

import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.time.Instant;

/**
 * The position up to which a target contains all transactions of a source.
 *
 * @param committedAt when the source's server had written the LSN
 */
public record CompletePosition(Source source, int epoch, Lsn lsn, Instant committedAt) {}

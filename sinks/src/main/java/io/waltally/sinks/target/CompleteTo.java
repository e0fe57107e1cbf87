package io.waltally.sinks.target;

import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.time.Instant;

/**
 * The position up to which everything of a source is there.
 *
 * @param committedAt when the source's server had written the LSN
 */
public record CompleteTo(Source source, int epoch, Lsn lsn, Instant committedAt) {}

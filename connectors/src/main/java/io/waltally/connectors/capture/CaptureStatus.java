package io.waltally.connectors.capture;

import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.time.Instant;
import java.util.Optional;

/**
 * Where a capture stands.
 *
 * @param reason why it failed, or what it is retrying
 * @param captured everything that ended at or before this LSN is in the cdc topics; empty before the first watermark
 * @param epoch of the captured LSN
 * @param progressedAt when the captured LSN last grew
 * @param changes row changes published by this process
 */
public record CaptureStatus(
        Source source,
        CaptureState state,
        Optional<String> reason,
        Optional<Lsn> captured,
        int epoch,
        Optional<Instant> progressedAt,
        long changes) {}

package io.waltally.connectors.capture;

import io.waltally.schemas.Lsn;

/**
 * The history to which an LSN belongs, as {@code IDENTIFY_SYSTEM} gives it.
 *
 * @param systemIdentifier of the cluster, made by initdb
 * @param timeline grows when a standby is promoted or a backup restored
 * @param written where the server's WAL ends
 */
record SourceIdentity(long systemIdentifier, int timeline, Lsn written) {}

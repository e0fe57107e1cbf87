package io.waltally.connectors.capture.source;

import io.waltally.schemas.Lsn;

/**
 * The history that an LSN belongs to, as reported by {@code IDENTIFY_SYSTEM}.
 *
 * @param systemIdentifier of the cluster, assigned by initdb
 * @param timeline increases when a standby is promoted or a backup is restored
 * @param written end of the server's WAL
 */
public record SourceIdentity(long systemIdentifier, int timeline, Lsn written) {}

package io.waltally.connectors.capture;

/**
 * The history to which an LSN belongs, as {@code IDENTIFY_SYSTEM} gives it.
 *
 * @param systemIdentifier of the cluster, made by initdb
 * @param timeline grows when a standby is promoted or a backup restored
 */
record SourceIdentity(long systemIdentifier, int timeline) {}

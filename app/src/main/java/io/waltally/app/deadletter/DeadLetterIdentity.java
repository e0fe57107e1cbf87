package io.waltally.app.deadletter;

/**
 * Identifies a failed record and its receiver. A record that was set aside twice, or again after a replay, has several
 * letters of one identity.
 *
 * @param name as {@link DeadLetter#name()}
 * @param content hash of key and value: offsets of a topic that was created anew mean other records
 */
record DeadLetterIdentity(DeadLetterStage stage, String name, int content) {}

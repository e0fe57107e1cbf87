package io.waltally.app.deadletter;

/**
 * Equal for letters of the same record that was to go to the same receiver: one that was set aside twice, or again after a
 * replay.
 *
 * @param name as {@link DeadLetter#name()}
 * @param content hash of key and value: offsets of a topic that was created anew mean other records
 */
record DeadLetterIdentity(DeadLetterStage stage, String name, int content) {}

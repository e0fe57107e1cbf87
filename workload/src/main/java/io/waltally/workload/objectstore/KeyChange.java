package io.waltally.workload.objectstore;

import java.util.List;

/**
 * The effect of one transaction on the copies of one object key.
 *
 * @param before the copies before the transaction
 * @param removed those of them whose rows it deleted
 * @param added the copies whose rows it inserted
 * @param intentDeleted whether it deleted a pending_objects row of that key
 * @param uploadOpen whether a multipart_uploads row of that key exists
 */
record KeyChange(
        String key,
        List<Copy> before,
        List<Copy> removed,
        List<Copy> added,
        boolean intentDeleted,
        boolean uploadOpen) {
    static KeyChange removal(String key, List<Copy> before, List<Copy> removed) {
        return new KeyChange(key, before, removed, List.of(), false, false);
    }
}

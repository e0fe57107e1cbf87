package io.waltally.workload.objectstore;

/**
 * The content of an object, equal for all of its copies.
 *
 * @param size stored bytes, which are ciphertext if encrypted
 * @param encryptionKey the wrapped key in hex; null if not encrypted
 * @param keyId the key that wraps it; null if not encrypted
 * @param plaintextSize null if not encrypted
 * @param hash SHA-256 of the plaintext in hex; null if the object was imported
 */
record Content(long size, boolean encrypted, String encryptionKey, String keyId, Long plaintextSize, String hash) {
    private static final long CHUNK = 65_536;
    private static final long HEADER = 32;
    private static final long CHUNK_OVERHEAD = 28;

    static Content plain(long size, String hash) {
        return new Content(size, false, null, null, null, hash);
    }

    Content encrypt(String wrappedKey, String wrappedBy) {
        return new Content(encryptedSize(size), true, wrappedKey, wrappedBy, size, hash);
    }

    Content decrypt() {
        return new Content(plaintextSize, false, null, null, null, hash);
    }

    Content withHash(String newHash) {
        return new Content(size, encrypted, encryptionKey, keyId, plaintextSize, newHash);
    }

    /** 32 bytes, then 28 more for each chunk of 64 KiB. */
    static long encryptedSize(long plaintextSize) {
        long chunks = (plaintextSize + CHUNK - 1) / CHUNK;
        return HEADER + CHUNK_OVERHEAD * chunks + plaintextSize;
    }
}

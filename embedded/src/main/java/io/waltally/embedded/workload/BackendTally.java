package io.waltally.embedded.workload;

/**
 * What a backend holds, in bytes and rows.
 *
 * @param bytesUsed stored bytes of its object copies
 * @param objectCount its object copies
 * @param orphanBytes bytes that wait for their physical deletion, or that were given up
 * @param inflightBytes bytes of the parts of its open multipart uploads
 * @param bytesLimit its limit; 0 is unlimited
 */
public record BackendTally(long bytesUsed, long objectCount, long orphanBytes, long inflightBytes, long bytesLimit) {
    /** What is left of the limit, negative where it is exceeded; null where unlimited. */
    public Long bytesAvailable() {
        return bytesLimit == 0 ? null : bytesLimit - bytesUsed - orphanBytes - inflightBytes;
    }

    /** Used and orphan bytes as a fraction of the limit; 0 where unlimited. */
    public double utilization() {
        return bytesLimit == 0 ? 0 : (double) (bytesUsed + orphanBytes) / bytesLimit;
    }
}

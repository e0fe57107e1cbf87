package io.waltally.workload.oracle;

/**
 * The storage of a backend.
 *
 * @param bytesUsed stored bytes of its object copies
 * @param objectCount number of its object copies
 * @param orphanBytes bytes that await physical deletion, or whose deletion was given up
 * @param inflightBytes bytes of the parts of its open multipart uploads
 * @param bytesLimit its limit; 0 is unlimited
 */
public record BackendTally(long bytesUsed, long objectCount, long orphanBytes, long inflightBytes, long bytesLimit) {
    /** The remaining bytes, negative if the limit is exceeded; null if unlimited. */
    public Long bytesAvailable() {
        return bytesLimit == 0 ? null : bytesLimit - bytesUsed - orphanBytes - inflightBytes;
    }

    /** Used and orphan bytes as a fraction of the limit; 0 if unlimited. */
    public double utilization() {
        return bytesLimit == 0 ? 0 : (double) (bytesUsed + orphanBytes) / bytesLimit;
    }
}

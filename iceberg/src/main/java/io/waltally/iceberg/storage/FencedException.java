package io.waltally.iceberg.storage;

import org.apache.iceberg.exceptions.CleanableFailure;

/** Another writer has claimed the table. Iceberg does not retry, and removes the files of the commit. */
public final class FencedException extends RuntimeException implements CleanableFailure {
    private static final long serialVersionUID = 1;

    public FencedException(String message) {
        super(message);
    }
}

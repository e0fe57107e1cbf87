package io.waltally.iceberg.storage;

import org.apache.iceberg.exceptions.CleanableFailure;

/** Another writer has the table. Iceberg does not try again, and removes what it wrote for the commit. */
public final class FencedException extends RuntimeException implements CleanableFailure {
    private static final long serialVersionUID = 1;

    public FencedException(String message) {
        super(message);
    }
}

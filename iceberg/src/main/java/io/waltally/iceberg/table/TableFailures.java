package io.waltally.iceberg.table;

import io.waltally.iceberg.storage.FencedException;
import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TargetException.Kind;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NotDirectoryException;
import java.nio.file.ReadOnlyFileSystemException;

/** Classifies failures of tables. */
public final class TableFailures {
    private TableFailures() {}

    /**
     * Classifies a failure by what has to happen before a retry can succeed.
     *
     * @param warehouse for the message
     */
    public static TargetException of(RuntimeException failure, String warehouse) {
        if (failure instanceof TargetException known) {
            return known;
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof FencedException) {
                return new TargetException(Kind.FENCED, cause.getMessage(), failure);
            }
            if (cause instanceof AccessDeniedException denied) {
                return new TargetException(
                        Kind.MISCONFIGURED,
                        "warehouse %s: this user may not write %s".formatted(warehouse, denied.getFile()),
                        failure);
            }
            if (cause instanceof NotDirectoryException file) {
                return new TargetException(
                        Kind.MISCONFIGURED,
                        "warehouse %s: %s is in a file, not in a directory".formatted(warehouse, file.getFile()),
                        failure);
            }
            if (cause instanceof ReadOnlyFileSystemException) {
                return new TargetException(Kind.MISCONFIGURED, "warehouse " + warehouse + " is read-only", failure);
            }
            if (cause instanceof IOException) {
                return new TargetException(
                        Kind.UNAVAILABLE, "warehouse " + warehouse + ": " + cause.getMessage(), failure);
            }
        }
        return new TargetException(Kind.UNAVAILABLE, "warehouse " + warehouse + ": " + failure.getMessage(), failure);
    }
}

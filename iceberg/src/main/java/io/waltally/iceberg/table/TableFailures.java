package io.waltally.iceberg.table;

import io.waltally.iceberg.storage.FencedException;
import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TargetException.Kind;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NotDirectoryException;
import org.apache.iceberg.exceptions.NotFoundException;

/** Classifies failures of tables. */
public final class TableFailures {
    /** Of EROFS, for which Java has no exception. */
    private static final String READ_ONLY = "Read-only file system";

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
                return TargetException.misconfigured(
                        "warehouse %s: user %s may not read or write %s"
                                .formatted(warehouse, System.getProperty("user.name"), denied.getFile()),
                        "give the directory and its files to that user (docs/sinks.md#privileges-of-the-directory)",
                        failure);
            }
            if (cause instanceof NotDirectoryException file) {
                return TargetException.misconfigured(
                        "warehouse %s: %s is in a file, not in a directory".formatted(warehouse, file.getFile()),
                        "move the file away, or give the sink another warehouse",
                        failure);
            }
            if (cause instanceof FileSystemException denied && READ_ONLY.equals(denied.getReason())) {
                return TargetException.misconfigured(
                        "warehouse %s: the file system of %s is read-only".formatted(warehouse, denied.getFile()),
                        "mount it for writing",
                        failure);
            }
            if (cause instanceof NotFoundException) {
                return TargetException.misconfigured(
                        "warehouse %s: %s, which the table needs".formatted(warehouse, cause.getMessage()),
                        "restore it, or delete the directory of the table, which is then filled again from its topic",
                        failure);
            }
            if (cause instanceof IOException) {
                return new TargetException(
                        Kind.UNAVAILABLE, "warehouse " + warehouse + ": " + cause.getMessage(), failure);
            }
        }
        return new TargetException(Kind.UNAVAILABLE, "warehouse " + warehouse + ": " + failure.getMessage(), failure);
    }
}

package io.waltally.app.failure;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Explains failures of files, without names of classes. */
public final class FileFailure {
    private FileFailure() {}

    /** The reason, and the file if the exception names one. */
    public static String reason(IOException failure) {
        String file =
                failure instanceof FileSystemException named && named.getFile() != null ? named.getFile() + ": " : "";
        if (failure instanceof AccessDeniedException) {
            return file + "permission denied";
        }
        if (failure instanceof NoSuchFileException) {
            return file + "it does not exist";
        }
        if (failure instanceof FileAlreadyExistsException || failure instanceof NotDirectoryException) {
            return file + "it is not a directory";
        }
        if (failure instanceof FileSystemException named && named.getReason() != null) {
            return file + named.getReason();
        }
        return Throwables.firstLine(failure);
    }
}

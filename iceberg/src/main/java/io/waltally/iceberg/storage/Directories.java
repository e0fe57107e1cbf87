package io.waltally.iceberg.storage;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Forces directory entries to disk (fsync), for which Java has no method. */
final class Directories {
    private Directories() {}

    /** Writes the names of a directory to disk, on systems that have this. */
    static void force(Path directory) throws IOException {
        if (File.separatorChar == '/') {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}

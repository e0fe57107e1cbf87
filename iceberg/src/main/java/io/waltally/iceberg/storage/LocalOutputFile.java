package io.waltally.iceberg.storage;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;
import org.jspecify.annotations.Nullable;

/** A file to write. It is on disk once it is closed: metadata may then name it, whatever happens to the machine. */
record LocalOutputFile(String location, Path path) implements OutputFile {
    private static final int BUFFER_BYTES = 1 << 16;

    @Override
    public PositionOutputStream create() {
        return open(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    @Override
    public PositionOutputStream createOrOverwrite() {
        return open(StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
    }

    private PositionOutputStream open(OpenOption... options) {
        try {
            Files.createDirectories(path.getParent());
            return new Stream(path, FileChannel.open(path, options));
        } catch (FileAlreadyExistsException e) {
            throw new AlreadyExistsException(e, "File exists: %s", path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public InputFile toInputFile() {
        return new LocalInputFile(location, path);
    }

    private static final class Stream extends PositionOutputStream {
        private final Path path;
        private final FileChannel channel;
        private final OutputStream out;
        private long position;
        private @Nullable IOException failure;

        Stream(Path path, FileChannel channel) {
            this.path = path;
            this.channel = channel;
            out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
        }

        @Override
        public long getPos() {
            return position;
        }

        @Override
        public void write(int value) throws IOException {
            orClose(() -> out.write(value));
            position++;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            orClose(() -> out.write(bytes, offset, length));
            position += length;
        }

        @Override
        public void flush() throws IOException {
            orClose(out::flush);
        }

        /** Writers of Parquet do not close a file that they could not write, which would keep its place on the disk. */
        private void orClose(Write write) throws IOException {
            try {
                write.run();
            } catch (IOException e) {
                failure = e;
                channel.close();
                throw e;
            }
        }

        @FunctionalInterface
        private interface Write {
            void run() throws IOException;
        }

        @Override
        public void close() throws IOException {
            if (failure != null) {
                throw failure;
            }
            if (!channel.isOpen()) {
                return;
            }
            try (channel) {
                out.flush();
                channel.force(true);
            }
            Directories.force(path.getParent());
        }
    }
}

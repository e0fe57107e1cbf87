package io.waltally.iceberg.table;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.util.PropertyUtil;
import org.jspecify.annotations.Nullable;

/** Writes the rows of a transaction to Parquet files of the table's target size. */
final class DataFiles {
    /** Asking for a file's length costs more than a row. */
    private static final int ROWS_BETWEEN_CHECKS = 1_000;

    private final Table table;
    private final long targetBytes;
    private final List<DataFile> complete = new ArrayList<>();
    private final Set<String> locations = new HashSet<>();
    private @Nullable DataWriter<Record> writer;
    private @Nullable Schema schema;
    private int rows;

    DataFiles(Table table) {
        this.table = table;
        targetBytes = PropertyUtil.propertyAsLong(
                table.properties(),
                TableProperties.WRITE_TARGET_FILE_SIZE_BYTES,
                TableProperties.WRITE_TARGET_FILE_SIZE_BYTES_DEFAULT);
    }

    /** Writes a row; a row of another schema begins another file. */
    void write(Record row, Schema rowSchema) {
        if (writer != null && rowSchema != schema) {
            closeFile();
        }
        if (writer == null) {
            writer = open(rowSchema);
            schema = rowSchema;
        }
        writer.write(row);
        if (++rows % ROWS_BETWEEN_CHECKS == 0 && writer.length() >= targetBytes) {
            closeFile();
        }
    }

    private DataWriter<Record> open(Schema rowSchema) {
        OutputFile file = table.io()
                .newOutputFile(table.locationProvider()
                        .newDataLocation(FileFormat.PARQUET.addExtension(
                                UUID.randomUUID().toString())));
        locations.add(file.location());
        try {
            return Parquet.writeData(file)
                    .schema(rowSchema)
                    .setAll(table.properties())
                    .withSpec(PartitionSpec.unpartitioned())
                    .createWriterFunc(GenericParquetWriter::create)
                    .build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void closeFile() {
        DataWriter<Record> open = writer;
        writer = null;
        if (open != null) {
            close(open);
            complete.add(open.toDataFile());
        }
    }

    private static void close(Closeable file) {
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Completes the files; returns those with rows. */
    List<DataFile> complete() {
        closeFile();
        return List.copyOf(complete);
    }

    /** The files belong to the table now, or may: they are not deleted any more. */
    void keep() {
        locations.clear();
    }

    /** Deletes the files, unless they are kept. Failures leave files that no table names. */
    void abort() {
        try {
            closeFile();
        } catch (RuntimeException e) {
            // Its file is deleted in any case.
        }
        for (String location : locations) {
            try {
                table.io().deleteFile(location);
            } catch (RuntimeException e) {
                // Tools that remove orphan files find it.
            }
        }
        locations.clear();
    }
}

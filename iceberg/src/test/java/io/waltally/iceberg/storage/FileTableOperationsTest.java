package io.waltally.iceberg.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileTableOperationsTest {
    private static final int WRITERS = 4;
    private static final int COMMITS = 15;

    @TempDir
    private Path directory;

    private FileTableOperations operations() {
        return new FileTableOperations(directory, current -> {});
    }

    private void create(Map<String, String> properties) {
        operations()
                .commit(
                        null,
                        TableMetadata.newTableMetadata(
                                new Schema(Types.NestedField.required(1, "id", Types.LongType.get())),
                                PartitionSpec.unpartitioned(),
                                LocalFileIO.location(directory),
                                properties));
    }

    @Test
    void aVersionIsMadeByOneProcessOnly() {
        create(Map.of());
        FileTableOperations one = operations();
        FileTableOperations other = operations();
        TableMetadata first = one.current();
        TableMetadata same = other.current();
        one.commit(first, first.replaceProperties(Map.of("by", "one")));
        assertThatThrownBy(() -> other.commit(same, same.replaceProperties(Map.of("by", "other"))))
                .isInstanceOf(CommitFailedException.class);
        assertThat(operations().current().properties()).containsEntry("by", "one");
    }

    @Test
    void noCommitOfConcurrentWritersIsLost() throws Exception {
        create(Map.of("commit.retry.num-retries", "200", "commit.retry.min-wait-ms", "1"));
        ExecutorService executor = Executors.newFixedThreadPool(WRITERS);
        try {
            List<Future<?>> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                String writer = "w" + i;
                writers.add(executor.submit(() -> {
                    Table table = new BaseTable(operations(), "t");
                    for (int n = 0; n < COMMITS; n++) {
                        table.updateProperties().set(writer + "." + n, "done").commit();
                    }
                }));
            }
            for (Future<?> writer : writers) {
                writer.get();
            }
        } finally {
            executor.shutdownNow();
        }
        assertThat(operations().current().properties().values().stream()
                        .filter("done"::equals)
                        .count())
                .isEqualTo(WRITERS * COMMITS);
        assertThat(Files.readString(directory.resolve("metadata/version-hint.text")))
                .isEqualTo(Integer.toString(1 + WRITERS * COMMITS));
    }

    @Test
    void theFenceIsAskedBeforeEachVersion() {
        create(Map.of());
        FileTableOperations fenced = new FileTableOperations(directory, current -> {
            throw new FencedException("fenced at " + current.lastSequenceNumber());
        });
        Table table = new BaseTable(fenced, "t");
        assertThatThrownBy(() -> table.updateProperties().set("a", "b").commit())
                .isInstanceOf(FencedException.class);
        assertThat(operations().current().properties()).doesNotContainKey("a");
    }

    @Test
    void oldVersionsAreRemovedAndTheNewestIsFoundWithoutTheHint() throws IOException {
        create(Map.of(
                "write.metadata.delete-after-commit.enabled", "true", "write.metadata.previous-versions-max", "3"));
        Table table = new BaseTable(operations(), "t");
        for (int i = 0; i < 12; i++) {
            table.updateProperties().set("n", Integer.toString(i)).commit();
        }
        Files.writeString(directory.resolve("metadata/version-hint.text"), "1");
        assertThat(operations().current().properties()).containsEntry("n", "11");
        try (var files = Files.list(directory.resolve("metadata"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "v10.metadata.json",
                            "v11.metadata.json",
                            "v12.metadata.json",
                            "v13.metadata.json",
                            "version-hint.text");
        }
    }
}

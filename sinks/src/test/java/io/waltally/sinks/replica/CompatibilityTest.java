package io.waltally.sinks.replica;

import com.fasterxml.jackson.databind.node.TextNode;
import io.waltally.compatibility.NamedForms;
import io.waltally.compatibility.RecordedForms;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Tables that replicas make in their targets, if they are missing. */
class CompatibilityTest {
    @Test
    void everyTableIsAsEarlierVersionsMadeIt() {
        RecordedForms.of("tables")
                .verify(new NamedForms(
                        new TreeMap<>(Map.of(
                                "waltally.replica_progress",
                                table(ReplicaProgress.TABLE),
                                "waltally.replica_epochs",
                                table(ReplicaProgress.EPOCHS_TABLE),
                                "waltally.replica_incomplete_rows",
                                table(IncompleteRows.TABLE),
                                "waltally.replica_tables",
                                table(ReplicaOwners.TABLE))),
                        "Targets have the table of the version that made it, and nothing changes it: make the"
                                + " change by ALTER TABLE … IF NOT EXISTS beside the statement, and test it."));
    }

    private static TextNode table(String statement) {
        return TextNode.valueOf(statement.strip().replaceAll("\\s+", " "));
    }
}

package io.waltally.connectors.capture.source;

import io.waltally.connectors.capture.config.DatabaseLogin;
import io.waltally.schemas.Lsn;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A slot that was just created, and the snapshot of the position from which it streams. The snapshot is usable until
 * this is closed; the slot remains.
 */
public final class SlotCreation implements AutoCloseable {
    private final Connection replication;
    private final Lsn position;
    private final String snapshot;

    private SlotCreation(Connection replication, Lsn position, String snapshot) {
        this.replication = replication;
        this.position = position;
        this.snapshot = snapshot;
    }

    /** Waits for the transactions that are open now. Creates a failover slot if the server supports it. */
    public static SlotCreation create(DatabaseLogin login, String name) throws SQLException {
        Connection replication = login.connectForReplication();
        try (Statement statement = replication.createStatement()) {
            int version = replication.getMetaData().getDatabaseMajorVersion();
            String options = version >= 17
                    ? "(SNAPSHOT 'export', FAILOVER true)"
                    : version >= 15 ? "(SNAPSHOT 'export')" : "EXPORT_SNAPSHOT";
            try (ResultSet slot =
                    statement.executeQuery("CREATE_REPLICATION_SLOT \"" + name + "\" LOGICAL pgoutput " + options)) {
                slot.next();
                return new SlotCreation(
                        replication, Lsn.parse(slot.getString("consistent_point")), slot.getString("snapshot_name"));
            }
        } catch (SQLException e) {
            replication.close();
            throw e;
        }
    }

    /** Every transaction that ends after this LSN is streamed, and none that the snapshot contains. */
    public Lsn position() {
        return position;
    }

    public String snapshot() {
        return snapshot;
    }

    @Override
    public void close() throws SQLException {
        replication.close();
    }
}

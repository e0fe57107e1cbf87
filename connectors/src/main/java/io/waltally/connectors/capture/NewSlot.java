package io.waltally.connectors.capture;

import io.waltally.schemas.Lsn;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A slot that was just made, with the snapshot of the very moment from which it streams. The snapshot can be used until
 * this is closed; the slot stays.
 */
final class NewSlot implements AutoCloseable {
    private final Connection replication;
    private final Lsn position;
    private final String snapshot;

    private NewSlot(Connection replication, Lsn position, String snapshot) {
        this.replication = replication;
        this.position = position;
        this.snapshot = snapshot;
    }

    /** Waits for the transactions that are open now. A server that can lets the slot survive a failover. */
    static NewSlot create(DatabaseLogin login, String name) throws SQLException {
        Connection replication = login.connectForReplication();
        try (Statement statement = replication.createStatement()) {
            int version = replication.getMetaData().getDatabaseMajorVersion();
            String options = version >= 17
                    ? "(SNAPSHOT 'export', FAILOVER true)"
                    : version >= 15 ? "(SNAPSHOT 'export')" : "EXPORT_SNAPSHOT";
            try (ResultSet slot =
                    statement.executeQuery("CREATE_REPLICATION_SLOT \"" + name + "\" LOGICAL pgoutput " + options)) {
                slot.next();
                return new NewSlot(
                        replication, Lsn.parse(slot.getString("consistent_point")), slot.getString("snapshot_name"));
            }
        } catch (SQLException e) {
            replication.close();
            throw e;
        }
    }

    /** Every transaction that ends after this is streamed, and none that the snapshot shows. */
    Lsn position() {
        return position;
    }

    String snapshot() {
        return snapshot;
    }

    @Override
    public void close() throws SQLException {
        replication.close();
    }
}

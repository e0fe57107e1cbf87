package io.waltally.sinks.replica;

import io.waltally.sinks.replica.row.CopyText;
import io.waltally.sinks.replica.row.RowText;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/** Streams rows to a table with COPY while later rows are still being read. */
final class CopyInto {
    private static final int SEND_BYTES = 1 << 16;

    private final CopyText text = new CopyText();
    private final RowText row = new RowText(text);

    /** Adds the rows to send. */
    @FunctionalInterface
    interface Rows {
        void addTo(Sender sender) throws IOException, SQLException;
    }

    /** Takes rows, one after the other. */
    final class Sender {
        private final CopyIn copy;

        private Sender(CopyIn copy) {
            this.copy = copy;
        }

        /** The row to fill. */
        RowText row() {
            return row;
        }

        /** Adds a row that was put together from columns of others. */
        void add(List<byte[]> columns) throws SQLException {
            for (int i = 0; i < columns.size(); i++) {
                if (i > 0) {
                    text.add('\t');
                }
                text.add(columns.get(i));
            }
            text.add('\n');
            sendIfLarge();
        }

        void sendIfLarge() throws SQLException {
            if (text.length() >= SEND_BYTES) {
                send();
            }
        }

        private void send() throws SQLException {
            copy.writeToCopy(text.bytes(), 0, text.length());
            text.truncate(0);
        }
    }

    /**
     * Copies rows.
     *
     * @param table quoted
     * @param columns in the order of the rows' texts
     * @return the number of rows
     */
    long copy(Connection connection, String table, List<String> columns, Rows rows) throws SQLException, IOException {
        text.truncate(0);
        CopyIn copy = connection
                .unwrap(PGConnection.class)
                .getCopyAPI()
                .copyIn("COPY " + table + " (" + Sql.names(columns) + ") FROM STDIN");
        try {
            Sender sender = new Sender(copy);
            rows.addTo(sender);
            sender.send();
            return copy.endCopy();
        } finally {
            if (copy.isActive()) {
                copy.cancelCopy();
            }
        }
    }
}

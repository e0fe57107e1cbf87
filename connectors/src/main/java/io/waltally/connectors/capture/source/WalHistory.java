package io.waltally.connectors.capture.source;

import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.error.PublicationGapException;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.control.TransactionMark;
import io.waltally.schemas.control.Watermark;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether the server's WAL is the history of a watermark. A database that was restored from a copy of its files
 * has the same system identifier and timeline, and may have grown past the watermark with other transactions. Then the
 * transactions that the slot still holds differ from that of the watermark.
 */
public final class WalHistory {
    private static final Duration MAX_PROBE = Duration.ofSeconds(30);

    /** The statement timed out; another session reads the slot. */
    private static final Set<String> UNDECIDED = Set.of("57014", "55006");

    private static final Instant POSTGRES_EPOCH = Instant.parse("2000-01-01T00:00:00Z");
    private static final int FETCH_SIZE = 10_000;

    /** Sizes of pgoutput's BEGIN and COMMIT messages, which are fixed. */
    private static final int MAX_PREFIX = 26;

    private final Lsn end;
    private final @Nullable TransactionMark mark;
    private boolean endSeen;
    private boolean markSeen;

    public WalHistory(Watermark watermark) {
        this.end = new Lsn(watermark.getLsn());
        this.mark = watermark.getMark();
    }

    /**
     * Decodes the transactions that the slot holds before the watermark; after an orderly stop there are none.
     *
     * @return why the history differs; null if it is the same
     * @throws PublicationGapException if the server cannot decode them because the publication did not exist for a time
     */
    @Nullable
    public String contradiction(CaptureConfig config, SlotState slot) throws SQLException {
        if (!end.isAfter(slot.confirmed())) {
            return null;
        }
        peek(config, end, this::see);
        return contradiction(slot.confirmed());
    }

    /**
     * Decodes what the slot holds, for half a minute at most: the server decodes all of it before it returns anything.
     *
     * @throws PublicationGapException if the server cannot decode it because the publication did not exist for a time
     */
    public static void requireDecodable(CaptureConfig config) throws SQLException {
        try {
            peek(config, null, (position, change) -> {});
        } catch (SQLException e) {
            if (!UNDECIDED.contains(String.valueOf(e.getSQLState()))) {
                throw e;
            }
        }
    }

    private static void peek(CaptureConfig config, @Nullable Lsn upTo, BiConsumer<Lsn, ByteBuffer> visitor)
            throws SQLException {
        try (Connection connection = config.database().connect()) {
            connection.setAutoCommit(false);
            try (Statement limit = connection.createStatement()) {
                limit.execute("SET LOCAL statement_timeout = " + (upTo == null ? MAX_PROBE.toMillis() : 0));
            }
            try (PreparedStatement statement = connection.prepareStatement("""
                    SELECT lsn::text, substring(data FROM 1 FOR %d)
                    FROM pg_logical_slot_peek_binary_changes(?, ?::pg_lsn, NULL, 'proto_version', '1',
                        'publication_names', quote_ident(?), 'messages', 'true')""".formatted(MAX_PREFIX))) {
                statement.setFetchSize(FETCH_SIZE);
                statement.setString(1, config.slot());
                statement.setString(2, upTo == null ? null : upTo.toString());
                statement.setString(3, config.publication());
                try (ResultSet changes = statement.executeQuery()) {
                    while (changes.next()) {
                        visitor.accept(Lsn.parse(changes.getString(1)), ByteBuffer.wrap(changes.getBytes(2)));
                    }
                }
            }
        } catch (SQLException e) {
            Optional<PublicationGapException> gap =
                    PublicationGapException.in(e, config.source(), config.publication());
            if (gap.isPresent()) {
                throw gap.get();
            }
            throw e;
        }
    }

    /** Reads one pgoutput message. */
    void see(Lsn position, ByteBuffer change) {
        if (position.equals(end)) {
            endSeen = true;
        }
        byte kind = change.get(0);
        if (kind == 'B') {
            markSeen |= mark != null
                    && (int) mark.getTransactionId() == change.getInt(17)
                    && mark.getCommittedAt().equals(POSTGRES_EPOCH.plus(change.getLong(9), ChronoUnit.MICROS));
        } else if (kind == 'C') {
            endSeen |= change.getLong(10) == end.value();
        }
    }

    /** Decides by everything that was read, which begins after this position. */
    @Nullable
    public String contradiction(Lsn from) {
        if (!endSeen) {
            return "no transaction ends at " + end;
        }
        if (mark != null && new Lsn(mark.getLsn()).isAfter(from) && !markSeen) {
            return "transaction " + mark.getTransactionId() + " of " + mark.getCommittedAt() + " is not in it";
        }
        return null;
    }
}

package io.waltally.connectors.capture.error;

import io.waltally.schemas.Source;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * A connection to the server of a source failed. The message is a sentence with address, user and keys of the
 * configuration, and says what to do. It contains no password.
 */
public final class SourceConnectionException extends SQLException {
    private static final long serialVersionUID = 1;

    /** Class 08: connection exceptions. */
    private static final String NO_CONNECTION = "08";

    private static final String INVALID_PASSWORD = "28P01";
    private static final String NO_SUCH_DATABASE = "3D000";
    private static final String INSUFFICIENT_PRIVILEGE = "42501";
    private static final String TOO_MANY_CONNECTIONS = "53300";
    private static final String CANNOT_CONNECT_NOW = "57P03";

    /** Functions of the server that refuse a login. Their messages are in the server's language. */
    private static final String CHECKS_PG_HBA = "ClientAuthentication";

    private static final String CHECKS_ROLE = "InitializeSessionUserId";
    private static final String CHECKS_DATABASE = "CheckMyDatabase";
    private static final Set<String> CHECK_REPLICATION = Set.of("InitPostgres", "CheckSlotPermissions");

    private final boolean refused;

    private SourceConnectionException(String message, boolean refused, SQLException failure) {
        super(message, failure.getSQLState(), failure);
        this.refused = refused;
    }

    /**
     * Explains the failure.
     *
     * @param address host, port and database
     */
    public static SourceConnectionException of(Source source, String address, String user, SQLException failure) {
        if (failure instanceof SourceConnectionException explained) {
            return explained;
        }
        String state = failure.getSQLState() == null ? NO_CONNECTION : failure.getSQLState();
        boolean refused = state.equals(INSUFFICIENT_PRIVILEGE) || FailureKind.refusesLogin(state);
        String what = new Sentence(source, address, user, failure).of(state);
        return new SourceConnectionException(
                "PostgreSQL at " + address + " (sources." + source + ".url) " + what, refused, failure);
    }

    /** Whether the server answered and refused the login: waiting alone does not help. */
    public boolean refused() {
        return refused;
    }

    /** Whether the server answered. */
    public boolean answered() {
        String state = getSQLState();
        return refused || (state != null && !state.startsWith(NO_CONNECTION) && !state.equals(CANNOT_CONNECT_NOW));
    }

    /** The predicates of the sentence, by SQLSTATE. */
    private record Sentence(Source source, String address, String user, SQLException failure) {
        String of(String state) {
            return switch (state) {
                case INVALID_PASSWORD ->
                    "refuses role \"" + user + "\" (" + key("user") + "): " + message() + "; set " + key("password")
                            + " to the role's password, or run 'waltally migrate', which makes the role and sets the"
                            + " configured password";
                case NO_SUCH_DATABASE ->
                    "has no database \"" + database() + "\"; create it and run 'waltally migrate', or correct "
                            + key("url");
                case INSUFFICIENT_PRIVILEGE ->
                    "refuses role \"" + user + "\" (" + key("user") + "): " + message() + privilege();
                case TOO_MANY_CONNECTIONS ->
                    "has no connection left: " + message() + "; end idle ones, or raise max_connections";
                case CANNOT_CONNECT_NOW -> "takes no connections yet: " + message();
                default ->
                    state.startsWith("28")
                            ? invalidAuthorization()
                            : state.startsWith(NO_CONNECTION) ? noConnection() : "fails: " + message();
            };
        }

        private String invalidAuthorization() {
            if (routine().equals(CHECKS_PG_HBA)) {
                return "refuses role \"" + user + "\": " + message()
                        + "; let pg_hba.conf of the server have a line such as 'host " + database() + " " + user
                        + " ADDRESS/32 scram-sha-256', and SELECT pg_reload_conf()";
            }
            String refuses = "refuses role \"" + user + "\" (" + key("user") + "): " + message();
            if (!routine().equals(CHECKS_ROLE)) {
                return refuses;
            }
            if (message().contains("does not exist")) {
                return "has no role \"" + user + "\" (" + key("user") + "); run 'waltally migrate', which makes it";
            }
            return refuses
                    + (message().contains("log in")
                            ? "; "
                            : "; run 'waltally migrate', which makes a missing role, or ")
                    + "ALTER ROLE " + user + " LOGIN";
        }

        private String privilege() {
            if (routine().equals(CHECKS_DATABASE)) {
                return "; GRANT CONNECT ON DATABASE " + database() + " TO " + user;
            }
            return CHECK_REPLICATION.contains(routine()) ? "; ALTER ROLE " + user + " REPLICATION" : "";
        }

        private String noConnection() {
            String correct = "start the server, or correct " + key("url");
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                if (cause instanceof UnknownHostException) {
                    return "cannot be reached: its host name is unknown; correct " + key("url")
                            + ", or the name service of this machine";
                }
                if (cause instanceof SocketTimeoutException) {
                    return "does not answer in time; " + correct + ", or let a firewall pass the connection";
                }
                if (cause instanceof ConnectException) {
                    return "cannot be reached: connection refused; " + correct;
                }
                if (cause instanceof SSLException) {
                    return "cannot be reached over TLS: " + cause.getMessage() + "; check sslmode and sslrootcert in "
                            + key("url");
                }
            }
            if (message().contains("no password was provided")) {
                return "asks for the password of role \"" + user + "\"; set " + key("password");
            }
            boolean network = failure.getCause() instanceof IOException;
            return "cannot be reached: " + firstLine(network ? failure.getCause() : failure) + "; " + correct;
        }

        private String key(String setting) {
            return "sources." + source + "." + setting;
        }

        private String database() {
            return address.substring(address.lastIndexOf('/') + 1);
        }

        private String message() {
            return serverError().map(ServerErrorMessage::getMessage).orElseGet(() -> firstLine(failure));
        }

        /** The function of the server that failed; empty if the driver did. */
        private String routine() {
            return serverError().map(ServerErrorMessage::getRoutine).orElse("");
        }

        private Optional<ServerErrorMessage> serverError() {
            return failure instanceof PSQLException ofServer
                    ? Optional.ofNullable(ofServer.getServerErrorMessage())
                    : Optional.empty();
        }

        private static String firstLine(Throwable failure) {
            return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
        }
    }
}

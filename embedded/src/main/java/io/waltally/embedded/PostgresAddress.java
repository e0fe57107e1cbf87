package io.waltally.embedded;

/**
 * The address of a PostgreSQL server, which trusts its clients: the user needs no password.
 *
 * @param user a superuser
 */
public record PostgresAddress(String host, int port, String user) {
    /** The database of s3-orchestrator. */
    public static final String S3_DATABASE = "s3_orchestrator";

    /** The database of syncstorage. */
    public static final String SYNC_DATABASE = "syncstorage";

    /** A JDBC URL of that database, without the user. */
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://" + host + ":" + port + "/" + database;
    }
}

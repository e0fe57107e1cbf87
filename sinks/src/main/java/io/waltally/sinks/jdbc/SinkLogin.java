package io.waltally.sinks.jdbc;

/**
 * Address and account of a target database.
 *
 * @param url JDBC URL, without a password
 * @param password empty if the server asks for none
 */
public record SinkLogin(String url, String user, String password) {
    /** Host, port and database. */
    public String address() {
        String address = url.startsWith("jdbc:postgresql://") ? url.substring("jdbc:postgresql://".length()) : url;
        int parameters = address.indexOf('?');
        return parameters < 0 ? address : address.substring(0, parameters);
    }

    /** Without the password. */
    @Override
    public String toString() {
        return user + " at " + address();
    }
}

package io.waltally.app.config;

import io.waltally.app.config.reading.ConfigException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** JDBC URLs of databases, without user and password. */
final class DatabaseUrl {
    private static final String PREFIX = "jdbc:postgresql://";
    private static final Pattern URL = Pattern.compile("jdbc:postgresql://[^/]+/[^/?]+(\\?.*)?");
    private static final Pattern CREDENTIALS = Pattern.compile("[?&](user|password)=", Pattern.CASE_INSENSITIVE);
    private static final Pattern KEY_PASSWORD = Pattern.compile("[?&]sslpassword=", Pattern.CASE_INSENSITIVE);
    private static final Pattern IN_AUTHORITY = Pattern.compile("//[^/?]*@");
    private static final Pattern SESSION = Pattern.compile("[?&](options|currentSchema)=", Pattern.CASE_INSENSITIVE);
    private static final Pattern SERVER = Pattern.compile("(localhost|127\\.0\\.0\\.1|\\[::1])?(.*?)(:5432)?");

    private DatabaseUrl() {}

    /** @throws ConfigException naming the rule that is broken, without the URL's parameters */
    static void require(String key, String url) {
        if (IN_AUTHORITY.matcher(url).find()) {
            throw ConfigException.stated(
                    key, key + " must not hold a user or password before the host; they have keys of their own");
        }
        require(
                URL.matcher(url).matches(),
                key,
                url,
                "must be a JDBC URL such as jdbc:postgresql://host:5432/database");
        require(
                !CREDENTIALS.matcher(url).find(),
                key,
                url,
                "must not hold a user or password; they have keys of their own");
        require(
                !KEY_PASSWORD.matcher(url).find(),
                key,
                url,
                "must not hold sslpassword: give a key that is not encrypted, in a file that only waltally can read");
        require(
                !SESSION.matcher(url).find(),
                key,
                url,
                "must not hold options or currentSchema: waltally depends on session settings of its own");
    }

    private static void require(boolean holds, String key, String url, String rule) {
        if (!holds) {
            throw new ConfigException(key, withoutParameters(url), rule);
        }
    }

    static String withoutParameters(String url) {
        int parameters = url.indexOf('?');
        return parameters < 0 ? url : url.substring(0, parameters);
    }

    /** Server and database, for messages. */
    static String address(String url) {
        return withoutParameters(url).substring(PREFIX.length());
    }

    /** Whether two URLs name the same database, as far as the texts of the URLs show. */
    static boolean same(String one, String other) {
        return identity(one).equals(identity(other));
    }

    /** Server and database in canonical form. */
    static String identity(String url) {
        String address = address(url);
        int slash = address.indexOf('/');
        Matcher server = SERVER.matcher(address.substring(0, slash).toLowerCase(Locale.ROOT));
        String host = server.matches()
                ? (server.group(1) == null ? "" : "localhost") + server.group(2)
                : address.substring(0, slash);
        return host + address.substring(slash);
    }
}

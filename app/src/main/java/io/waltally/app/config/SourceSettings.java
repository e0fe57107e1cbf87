package io.waltally.app.config;

import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.reading.ConfigValues;
import io.waltally.schemas.Source;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Settings of one captured database, section {@code sources.<name>}.
 *
 * @param url JDBC URL, without user and password
 * @param account the least-privilege role that captures
 * @param slot replication slot, unique on the server
 * @param publication created by {@code migrate}
 * @param tables captured tables of schema {@code public}
 * @param followPublication whether all other tables of the publication are captured as well; only if no tables are
 *     configured
 * @param admin the role that migrates; used for nothing else
 * @param sink the role with which sinks write to this database; if empty, they use the account
 */
public record SourceSettings(
        Source source,
        String url,
        Account account,
        String slot,
        String publication,
        List<String> tables,
        boolean followPublication,
        Account admin,
        Optional<Account> sink) {
    private static final Pattern SLOT = Pattern.compile("[a-z0-9_]{1,63}");
    private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]{0,62}");

    public SourceSettings {
        DatabaseUrl.require(key(source, "url"), url);
        require(SLOT.matcher(slot).matches(), source, "slot", slot, "must match " + SLOT);
        require(NAME.matcher(publication).matches(), source, "publication", publication, "must match " + NAME);
        tables = List.copyOf(tables);
        require(!tables.isEmpty(), source, "tables", tables, "must name at least one table");
        Set<String> seen = new HashSet<>();
        for (String table : tables) {
            require(
                    NAME.matcher(table).matches(),
                    source,
                    "tables",
                    table,
                    "must match " + NAME + " (a table of schema public, without the schema)");
            require(seen.add(table), source, "tables", table, "must not be named twice");
        }
    }

    static SourceSettings from(ConfigValues values, Source source) {
        Account account = Account.from(values, "sources." + source.id(), "waltally");
        return new SourceSettings(
                source,
                values.text(key(source, "url"), "jdbc:postgresql://127.0.0.1:15432/" + defaultDatabase(source)),
                account,
                values.text(key(source, "slot"), "waltally_" + source.id()),
                values.text(key(source, "publication"), "waltally_" + source.id()),
                values.list(key(source, "tables"), source.defaultTables()),
                !values.given(key(source, "tables")),
                Account.from(values, key(source, "admin"), "postgres"),
                sink(values, key(source, "sink"), account));
    }

    private static Optional<Account> sink(ConfigValues values, String key, Account otherwise) {
        boolean given = values.given(key);
        values.section(key);
        Account account = Account.from(values, key, otherwise.user());
        return given ? Optional.of(account) : Optional.empty();
    }

    private static String defaultDatabase(Source source) {
        return switch (source) {
            case S3 -> "s3_orchestrator";
            case SYNC -> "syncstorage";
        };
    }

    /** The dotted key of a setting of this source, for messages. */
    public String key(String setting) {
        return key(source, setting);
    }

    private static String key(Source source, String setting) {
        return "sources." + source.id() + "." + setting;
    }

    /** Server and database, without parameters, for messages. */
    public String address() {
        return DatabaseUrl.address(url);
    }

    private static void require(boolean holds, Source source, String setting, Object value, String rule) {
        if (!holds) {
            throw new ConfigException(key(source, setting), value, rule);
        }
    }
}

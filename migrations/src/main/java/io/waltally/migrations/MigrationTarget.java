package io.waltally.migrations;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A database to migrate.
 *
 * @param application whose schema it has, or will have
 * @param url a JDBC URL of PostgreSQL 14 or later, without a password
 * @param admin may create schemas in this database and owns the application's tables, or is a superuser. Creating the
 *     pipeline's role needs more: see {@link Migrator#migrate}
 * @param publication the name of waltally's publication in this database
 * @param tables captured tables in schema {@code public}
 * @param pipeline the least-privilege role of the pipeline; its password is set if one is given here
 * @param sinks empty if no sink writes to this database
 */
public record MigrationTarget(
        Application application,
        String url,
        Credentials admin,
        String publication,
        List<String> tables,
        Credentials pipeline,
        Optional<SinkAccess> sinks) {

    /** The default name of the pipeline's role. */
    public static final String DEFAULT_ROLE = "waltally";

    private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]{0,62}");
    private static final Pattern PASSWORD_IN_URL = Pattern.compile("[?&]password=", Pattern.CASE_INSENSITIVE);

    public MigrationTarget {
        if (!url.startsWith("jdbc:postgresql:")) {
            throw invalid(application, "url", withoutParameters(url), "must begin with jdbc:postgresql:");
        }
        if (PASSWORD_IN_URL.matcher(url).find()) {
            throw invalid(
                    application, "url", withoutParameters(url), "must not contain a password; it has a key of its own");
        }
        requireName(application, "publication", publication);
        requireName(application, "user", pipeline.user());
        sinks.ifPresent(
                access -> requireName(application, "sink.user", access.role().user()));
        tables = List.copyOf(tables);
        if (tables.isEmpty()) {
            throw invalid(application, "tables", "[]", "must name at least one table");
        }
        Set<String> seen = new HashSet<>();
        for (String table : tables) {
            requireName(application, "tables", table);
            if (!seen.add(table)) {
                throw invalid(application, "tables", table, "must not be named twice");
            }
        }
    }

    /** A database that no sink writes to. */
    public MigrationTarget(
            Application application,
            String url,
            Credentials admin,
            String publication,
            List<String> tables,
            Credentials pipeline) {
        this(application, url, admin, publication, tables, pipeline, Optional.empty());
    }

    /** The application's own tables, default names, and a role without a password. */
    public static MigrationTarget of(Application application, String url, Credentials admin) {
        return new MigrationTarget(
                application,
                url,
                admin,
                application.defaultPublication(),
                application.capturedTables(),
                Credentials.of(DEFAULT_ROLE));
    }

    public MigrationTarget withPublication(String name) {
        return new MigrationTarget(application, url, admin, name, tables, pipeline, sinks);
    }

    public MigrationTarget withTables(List<String> captured) {
        return new MigrationTarget(application, url, admin, publication, captured, pipeline, sinks);
    }

    public MigrationTarget withPipeline(Credentials role) {
        return new MigrationTarget(application, url, admin, publication, tables, role, sinks);
    }

    public MigrationTarget withSinks(SinkAccess access) {
        return new MigrationTarget(application, url, admin, publication, tables, pipeline, Optional.of(access));
    }

    /** The URL without its parameters, for messages. */
    String address() {
        return withoutParameters(url);
    }

    /** The configuration key of a setting of this source, for messages. */
    String key(String setting) {
        return key(application, setting);
    }

    @Override
    public String toString() {
        return "MigrationTarget[%s at %s as %s, publication %s of %s, role %s, sinks %s]"
                .formatted(application.sourceName(), address(), admin, publication, tables, pipeline, sinks);
    }

    private static void requireName(Application application, String setting, String name) {
        if (!NAME.matcher(name).matches()) {
            throw invalid(application, setting, name, "must match " + NAME);
        }
    }

    private static IllegalArgumentException invalid(
            Application application, String setting, String value, String rule) {
        return new IllegalArgumentException("%s = %s: %s".formatted(key(application, setting), value, rule));
    }

    private static String key(Application application, String setting) {
        return "sources." + application.sourceName() + "." + setting;
    }

    private static String withoutParameters(String url) {
        int parameters = url.indexOf('?');
        return parameters < 0 ? url : url.substring(0, parameters);
    }
}

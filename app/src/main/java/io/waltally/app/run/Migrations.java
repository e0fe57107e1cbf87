package io.waltally.app.run;

import io.waltally.app.config.Account;
import io.waltally.app.config.ConfiguredSink;
import io.waltally.app.config.ConfiguredSink.BackendQuotas;
import io.waltally.app.config.ConfiguredSink.Mode;
import io.waltally.app.config.ConfiguredSink.NotificationOutbox;
import io.waltally.app.config.ConfiguredSink.UserCollections;
import io.waltally.app.config.SinkSettings;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.config.reading.ConfigException;
import io.waltally.migrations.Application;
import io.waltally.migrations.Credentials;
import io.waltally.migrations.MigrationPlan;
import io.waltally.migrations.MigrationReport;
import io.waltally.migrations.MigrationTarget;
import io.waltally.migrations.Migrator;
import io.waltally.migrations.SinkAccess;
import io.waltally.migrations.SinkPrivilege;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Migrates a configured source. */
public final class Migrations {
    private Migrations() {}

    /**
     * Migrates a database that no sink writes to.
     *
     * @throws io.waltally.migrations.MigrationException if it fails; the message says what to do
     */
    public static MigrationReport migrate(SourceSettings source) {
        return migrate(source, new SinkSettings(List.of()));
    }

    /**
     * Migrates a database, also for the sinks that write to it with its own account for sinks.
     *
     * @param sinks all that are configured
     * @throws io.waltally.migrations.MigrationException if it fails; the message says what to do
     */
    public static MigrationReport migrate(SourceSettings source, SinkSettings sinks) {
        return new Migrator().migrate(target(source, sinks));
    }

    /**
     * Finds out what {@link #migrate(SourceSettings, SinkSettings)} would execute; changes nothing.
     *
     * @throws io.waltally.migrations.MigrationException if the server cannot be reached
     */
    public static MigrationPlan plan(SourceSettings source, SinkSettings sinks) {
        return new Migrator().plan(target(source, sinks));
    }

    private static MigrationTarget target(SourceSettings source, SinkSettings sinks) {
        Application store = switch (source.source()) {
            case S3 -> Application.S3;
            case SYNC -> Application.SYNC;
        };
        try {
            return new MigrationTarget(
                    store,
                    source.url(),
                    credentials(source.admin()),
                    source.publication(),
                    source.tables(),
                    credentials(source.account()),
                    access(source, sinks));
        } catch (IllegalArgumentException e) {
            throw ConfigException.stated("sources." + source.source(), e.getMessage());
        }
    }

    private static Optional<SinkAccess> access(SourceSettings source, SinkSettings sinks) {
        Account account = source.sink().orElse(source.account());
        List<ConfiguredSink> here = sinks.active().stream()
                .filter(sink -> sink.source() == source.source())
                .filter(sink -> sink.target()
                        .filter(target ->
                                target.ofSource() && target.account().user().equals(account.user()))
                        .isPresent())
                .toList();
        if (here.isEmpty()) {
            return Optional.empty();
        }
        Set<SinkPrivilege> privileges = EnumSet.noneOf(SinkPrivilege.class);
        here.forEach(sink -> privilege(sink).ifPresent(privileges::add));
        return Optional.of(new SinkAccess(credentials(account), privileges));
    }

    private static Optional<SinkPrivilege> privilege(ConfiguredSink sink) {
        if (sink instanceof BackendQuotas quotas) {
            return Optional.of(
                    quotas.mode() == Mode.AUTHORITATIVE ? SinkPrivilege.UPDATE_QUOTAS : SinkPrivilege.READ_QUOTAS);
        }
        if (sink instanceof UserCollections collections) {
            return Optional.of(
                    collections.mode() == Mode.AUTHORITATIVE
                            ? SinkPrivilege.UPDATE_COLLECTIONS
                            : SinkPrivilege.READ_COLLECTIONS);
        }
        return sink instanceof NotificationOutbox ? Optional.of(SinkPrivilege.INSERT_NOTIFICATIONS) : Optional.empty();
    }

    private static Credentials credentials(Account account) {
        return Credentials.of(account.user(), account.password().reveal());
    }
}

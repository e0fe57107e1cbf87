package io.waltally.app.run;

import io.waltally.app.config.Account;
import io.waltally.app.config.ConfigException;
import io.waltally.app.config.SourceSettings;
import io.waltally.migrations.Credentials;
import io.waltally.migrations.MigrationReport;
import io.waltally.migrations.MigrationTarget;
import io.waltally.migrations.Migrator;
import io.waltally.migrations.Store;

/** Migrates a configured source. */
public final class Migrations {
    private Migrations() {}

    /** @throws io.waltally.migrations.MigrationException if it fails; the message says what to do */
    public static MigrationReport migrate(SourceSettings source) {
        return new Migrator().migrate(target(source));
    }

    private static MigrationTarget target(SourceSettings source) {
        Store store = switch (source.source()) {
            case S3 -> Store.S3;
            case SYNC -> Store.SYNC;
        };
        try {
            return new MigrationTarget(
                    store,
                    source.url(),
                    credentials(source.admin()),
                    source.publication(),
                    source.tables(),
                    credentials(source.account()));
        } catch (IllegalArgumentException e) {
            throw ConfigException.stated("sources." + source.source(), e.getMessage());
        }
    }

    private static Credentials credentials(Account account) {
        return Credentials.of(account.user(), account.password().reveal());
    }
}

package io.waltally.app.config;

import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.reading.ConfigValues;
import io.waltally.app.config.value.Secret;

/**
 * Credentials for a database.
 *
 * @param password empty if the server trusts the connection
 */
public record Account(String user, Secret password) {
    static Account from(ConfigValues values, String key, String defaultUser) {
        Account account =
                new Account(values.text(key + ".user", defaultUser), values.secret(key + ".password", new Secret("")));
        if (account.user().isBlank()) {
            throw new ConfigException(key + ".user", account.user(), "must name a role of the server");
        }
        return account;
    }
}

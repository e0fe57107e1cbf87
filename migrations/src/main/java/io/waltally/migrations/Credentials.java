package io.waltally.migrations;

import java.util.Objects;
import java.util.Optional;

/**
 * A role of the server, and its password if it needs one.
 *
 * @param user the role's name, not quoted
 * @param password absent if the server trusts the connection; an empty one counts as absent
 */
public record Credentials(String user, Optional<String> password) {
    public Credentials {
        if (user.isBlank()) {
            throw new IllegalArgumentException("user must not be blank");
        }
        password = password.filter(secret -> !secret.isEmpty());
    }

    public static Credentials of(String user) {
        return new Credentials(user, Optional.empty());
    }

    public static Credentials of(String user, String password) {
        return new Credentials(user, Optional.of(Objects.requireNonNull(password, "password")));
    }

    /** Only the user: the password is in no log and no message. */
    @Override
    public String toString() {
        return user;
    }
}

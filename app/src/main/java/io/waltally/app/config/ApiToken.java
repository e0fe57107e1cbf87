package io.waltally.app.config;

import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.reading.ConfigValues;
import io.waltally.app.config.reading.Keys;
import io.waltally.app.config.value.Secret;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A bearer token of the HTTP API.
 *
 * @param name identifies its holder in the audit log
 */
public record ApiToken(String name, Scope scope, Secret secret) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@-]{0,62}");
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9._~+/-]+=*");
    private static final int SHORTEST = 16;

    /** The permissions of the holder. */
    public enum Scope {
        READ("read", "http.read-tokens"),
        /** Includes {@link #READ}. */
        OPERATE("operate", "http.operate-tokens");

        private final String id;
        private final String key;

        Scope(String id, String key) {
            this.id = id;
            this.key = key;
        }

        public String id() {
            return id;
        }

        /** The key of its tokens in the configuration. */
        public String key() {
            return key;
        }

        /** The key of the files with its tokens. */
        String files() {
            return "http." + id + "-token-files";
        }
    }

    public ApiToken {
        if (!NAME.matcher(name).matches()) {
            throw ConfigException.stated(
                    scope.key() + "." + name,
                    scope.key() + " names a token \"" + name + "\": a name must match " + NAME);
        }
        if (secret.reveal().length() < SHORTEST || !isWellFormed(secret.reveal())) {
            throw new ConfigException(
                    scope.key() + "." + name,
                    secret,
                    "must be at least " + SHORTEST
                            + " letters, digits and ._~+/-, such as 'openssl rand -hex 32' prints");
        }
    }

    /** Whether the text can be a token in a header (RFC 6750). */
    static boolean isWellFormed(String secret) {
        return FORM.matcher(secret).matches();
    }

    public boolean allows(Scope needed) {
        return scope.compareTo(needed) >= 0;
    }

    /** All tokens, those that may operate first, each scope by name. */
    static List<ApiToken> from(ConfigValues values) {
        List<ApiToken> tokens = new ArrayList<>();
        for (Scope scope : List.of(Scope.OPERATE, Scope.READ)) {
            String key = scope.key();
            if (!values.textOfSection(key).isEmpty() || values.given(Keys.item(key, 0))) {
                // The text may be a token.
                throw ConfigException.stated(
                        key,
                        key + " must be a section with a token by the name of each holder, such as {alice:"
                                + " \"${ALICE_TOKEN}\"}");
            }
            Map<String, String> secrets = values.below(key, ConfigValues::dashed, name -> true);
            values.below(scope.files(), ConfigValues::dashed, name -> false).forEach((name, file) -> {
                String fileKey = scope.files() + "." + name;
                if (secrets.containsKey(name)) {
                    throw ConfigException.stated(
                            fileKey, fileKey + " and " + key + "." + name + " are both given: remove one of them");
                }
                values.content(fileKey, file).ifPresent(secret -> secrets.put(name, secret));
            });
            secrets.forEach((name, secret) -> tokens.add(new ApiToken(name, scope, new Secret(secret))));
        }
        requireDistinct(tokens);
        return tokens;
    }

    /** The audit log could not distinguish the holders of one token. */
    private static void requireDistinct(List<ApiToken> tokens) {
        Map<Secret, ApiToken> bySecret = new HashMap<>();
        for (ApiToken token : tokens) {
            ApiToken same = bySecret.put(token.secret(), token);
            if (same != null) {
                throw ConfigException.stated(
                        token.key(), token.key() + " is the same token as " + same.key() + ": each name needs its own");
            }
        }
    }

    private String key() {
        return scope.key() + "." + name;
    }
}

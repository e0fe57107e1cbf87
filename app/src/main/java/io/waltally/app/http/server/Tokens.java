package io.waltally.app.http.server;

import io.waltally.app.config.ApiToken;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds tokens by their secrets, in a time that depends neither on the secrets nor on which of them is found. */
final class Tokens {
    private final Map<ApiToken, byte[]> digests = new LinkedHashMap<>();

    Tokens(List<ApiToken> tokens) {
        tokens.forEach(token -> digests.put(token, digest(token.secret().reveal())));
    }

    boolean isEmpty() {
        return digests.isEmpty();
    }

    Optional<ApiToken> find(String secret) {
        byte[] presented = digest(secret);
        Optional<ApiToken> found = Optional.empty();
        for (Map.Entry<ApiToken, byte[]> token : digests.entrySet()) {
            if (MessageDigest.isEqual(token.getValue(), presented)) {
                found = Optional.of(token.getKey());
            }
        }
        return found;
    }

    private static byte[] digest(String secret) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

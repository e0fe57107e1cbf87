package io.waltally.webhooks.sign;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;

/** A shared secret of 24 to 64 bytes, written as {@code whsec_} and its Base64. */
public final class SigningSecret {
    private static final String PREFIX = "whsec_";
    private static final int MIN_BYTES = 24;
    private static final int MAX_BYTES = 64;
    private static final int RANDOM_BYTES = 32;

    private final byte[] key;

    private SigningSecret(byte[] key) {
        this.key = key;
    }

    /** @throws IllegalArgumentException if the text is malformed; the message does not contain it */
    public static SigningSecret parse(String text) {
        byte[] key = text.startsWith(PREFIX) ? decoded(text.substring(PREFIX.length())) : new byte[0];
        if (key.length < MIN_BYTES || key.length > MAX_BYTES) {
            throw new IllegalArgumentException("must be " + PREFIX + " and the Base64 of " + MIN_BYTES + " to "
                    + MAX_BYTES + " bytes, such as `openssl rand -base64 32` makes");
        }
        return new SigningSecret(key);
    }

    private static byte[] decoded(String base64) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }

    /** Generates a random secret. */
    public static SigningSecret generate() {
        byte[] key = new byte[RANDOM_BYTES];
        new SecureRandom().nextBytes(key);
        return new SigningSecret(key);
    }

    /** The text form, for the receiver's configuration only. */
    public String reveal() {
        return PREFIX + Base64.getEncoder().encodeToString(key);
    }

    byte[] hmac(byte[]... parts) {
        return HmacSha256.of(key, parts);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SigningSecret secret && Arrays.equals(secret.key, key);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(key);
    }

    @Override
    public String toString() {
        return "***";
    }
}

package io.waltally.webhooks.sign;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** The signature header of s3-orchestrator's own notifications, for existing receivers. */
public final class ApplicationSignature {
    public static final String HEADER = "X-Webhook-Signature";

    private final byte[] secret;

    /** @param secret any text, as in the application's configuration */
    public ApplicationSignature(String secret) {
        this.secret = secret.getBytes(StandardCharsets.UTF_8);
    }

    /** The value of the header. */
    public String of(byte[] body) {
        return "sha256=" + HexFormat.of().formatHex(HmacSha256.of(secret, body));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ApplicationSignature signature && Arrays.equals(signature.secret, secret);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(secret);
    }

    @Override
    public String toString() {
        return "***";
    }
}

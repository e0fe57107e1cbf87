package io.waltally.webhooks.sign;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** The header by which s3-orchestrator signs its own notifications, for receivers that were made for those. */
public final class ApplicationSignature {
    public static final String HEADER = "X-Webhook-Signature";

    private final byte[] secret;

    /** @param secret any text, as the application's configuration has it */
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

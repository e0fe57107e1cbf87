package io.waltally.webhooks.sign;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/** The headers of the Standard Webhooks specification, with symmetric signatures ({@code v1}). */
public final class StandardSignature {
    /** The message id, the same in every attempt. */
    public static final String ID = "webhook-id";

    /** Time of this attempt, in seconds since 1970. */
    public static final String TIMESTAMP = "webhook-timestamp";

    /** One signature per secret, separated by spaces. */
    public static final String SIGNATURE = "webhook-signature";

    private static final String VERSION = "v1,";

    private StandardSignature() {}

    /** The value of {@link #SIGNATURE}. */
    public static String of(List<SigningSecret> secrets, String id, Instant attempted, byte[] body) {
        return secrets.stream()
                .map(secret -> of(secret, id, Long.toString(attempted.getEpochSecond()), body))
                .collect(Collectors.joining(" "));
    }

    static String of(SigningSecret secret, String id, String timestamp, byte[] body) {
        byte[] signed = secret.hmac((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8), body);
        return VERSION + Base64.getEncoder().encodeToString(signed);
    }
}

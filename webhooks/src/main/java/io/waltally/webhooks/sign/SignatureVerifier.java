package io.waltally.webhooks.sign;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Verifies the {@link StandardSignature} of received requests. */
public final class SignatureVerifier {
    /** Tolerance for clock differences and transport. */
    private static final Duration TOLERANCE = Duration.ofMinutes(5);

    private final List<SigningSecret> secrets;

    /** @param secrets accepted secrets */
    public SignatureVerifier(List<SigningSecret> secrets) {
        this.secrets = List.copyOf(secrets);
    }

    /**
     * Returns why the request is not trusted; empty if it is. A missing header is null.
     *
     * @param signatures one of which has to be valid
     */
    public Optional<String> rejectionReason(String id, String timestamp, String signatures, byte[] body, Instant now) {
        if (id == null || timestamp == null || signatures == null) {
            return Optional.of("needs the headers " + StandardSignature.ID + ", " + StandardSignature.TIMESTAMP
                    + " and " + StandardSignature.SIGNATURE);
        }
        Instant sent;
        try {
            sent = Instant.ofEpochSecond(Long.parseLong(timestamp));
        } catch (NumberFormatException | DateTimeException e) {
            return Optional.of(StandardSignature.TIMESTAMP + " is \"" + timestamp + "\": must be seconds since 1970");
        }
        if (Duration.between(sent, now).abs().compareTo(TOLERANCE) > 0) {
            return Optional.of(StandardSignature.TIMESTAMP + " is " + sent + ", more than " + TOLERANCE.toMinutes()
                    + " minutes from now");
        }
        for (String signature : signatures.split(" ", -1)) {
            for (SigningSecret secret : secrets) {
                if (equal(signature, StandardSignature.of(secret, id, timestamp, body))) {
                    return Optional.empty();
                }
            }
        }
        return Optional.of(
                "no signature of " + StandardSignature.SIGNATURE + " is right for a secret that is known here");
    }

    /** Compares in constant time. */
    private static boolean equal(String given, String right) {
        return MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
    }
}

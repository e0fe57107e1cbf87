package io.waltally.webhooks.sign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class SignatureTest {
    /** The vector that the libraries of the Standard Webhooks specification are held to. */
    private static final SigningSecret SECRET = SigningSecret.parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

    private static final String ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private static final Instant TIME = Instant.ofEpochSecond(1614265330);
    private static final byte[] BODY = "{\"test\": 2432232314}".getBytes(StandardCharsets.UTF_8);
    private static final String SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    private static final SigningSecret OTHER = SigningSecret.generate();

    @Test
    void theSpecificationsVectorIsSignedAsItSays() {
        assertThat(StandardSignature.of(List.of(SECRET), ID, TIME, BODY)).isEqualTo(SIGNATURE);
    }

    @Test
    void whileSecretsAreRotatedEachSigns() {
        assertThat(StandardSignature.of(List.of(OTHER, SECRET), ID, TIME, BODY))
                .startsWith("v1,")
                .endsWith(" " + SIGNATURE);
    }

    @Test
    void eitherSideMayRotateFirst() {
        SignatureVerifier both = new SignatureVerifier(List.of(OTHER, SECRET));
        assertThat(both.rejectionReason(ID, "1614265330", SIGNATURE, BODY, TIME))
                .isEmpty();
        SignatureVerifier old = new SignatureVerifier(List.of(SECRET));
        String signedByBoth = StandardSignature.of(List.of(OTHER, SECRET), ID, TIME, BODY);
        assertThat(old.rejectionReason(ID, "1614265330", signedByBoth, BODY, TIME))
                .isEmpty();
        assertThat(old.rejectionReason(ID, "1614265330", "v1a,AAAA " + SIGNATURE, BODY, TIME))
                .isEmpty();
    }

    @Test
    void whatIsNotSignedByASharedSecretIsNotTrusted() {
        SignatureVerifier verifier = new SignatureVerifier(List.of(SECRET));
        byte[] otherBody = "{\"test\": 2432232315}".getBytes(StandardCharsets.UTF_8);
        assertThat(verifier.rejectionReason(ID, "1614265330", SIGNATURE, otherBody, TIME))
                .isPresent();
        assertThat(verifier.rejectionReason("msg_other", "1614265330", SIGNATURE, BODY, TIME))
                .isPresent();
        assertThat(verifier.rejectionReason(ID, "1614265331", SIGNATURE, BODY, TIME))
                .isPresent();
        assertThat(new SignatureVerifier(List.of(OTHER)).rejectionReason(ID, "1614265330", SIGNATURE, BODY, TIME))
                .hasValueSatisfying(
                        rejectionReason -> assertThat(rejectionReason).contains("no signature"));
        assertThat(verifier.rejectionReason(ID, "1614265330", null, BODY, TIME))
                .hasValueSatisfying(
                        rejectionReason -> assertThat(rejectionReason).contains("needs the headers"));
        for (String timestamp : List.of("yesterday", "9223372036854775807")) {
            assertThat(verifier.rejectionReason(ID, timestamp, SIGNATURE, BODY, TIME))
                    .hasValueSatisfying(
                            rejectionReason -> assertThat(rejectionReason).contains("\"" + timestamp + "\""));
        }
    }

    @Test
    void aRequestThatIsRepeatedLaterIsNotTrusted() {
        SignatureVerifier verifier = new SignatureVerifier(List.of(SECRET));
        assertThat(verifier.rejectionReason(ID, "1614265330", SIGNATURE, BODY, TIME.plusSeconds(300)))
                .isEmpty();
        assertThat(verifier.rejectionReason(ID, "1614265330", SIGNATURE, BODY, TIME.plusSeconds(301)))
                .isPresent();
        assertThat(verifier.rejectionReason(ID, "1614265330", SIGNATURE, BODY, TIME.minusSeconds(301)))
                .isPresent();
    }

    /** RFC 4231, test case 2. */
    @Test
    void theApplicationsSignatureIsTheHexOfItsHmac() {
        byte[] body = "what do ya want for nothing?".getBytes(StandardCharsets.UTF_8);
        assertThat(new ApplicationSignature("Jefe").of(body))
                .isEqualTo("sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    @Test
    void aSecretIsWrittenAsTheSpecificationHasItAndShownNowhere() {
        assertThat(SigningSecret.parse(OTHER.reveal())).isEqualTo(OTHER).isNotEqualTo(SECRET);
        assertThat(OTHER).hasToString("***");
        assertThat(new ApplicationSignature("Jefe")).hasToString("***");
        for (String wrong : List.of(
                "",
                "hunter2",
                "whsec_",
                "whsec_c2hvcnQ=",
                "whsec_%%%",
                OTHER.reveal().repeat(3))) {
            assertThatThrownBy(() -> SigningSecret.parse(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("whsec_ and the Base64 of 24 to 64 bytes")
                    .hasMessageNotContaining("hunter2");
        }
    }
}

package io.waltally.app.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class AuditLogTest {
    private final String user = System.getProperty("user.name");

    @Test
    void aCommandIsWrittenWithItsUserAndHowItEnded() {
        try (RecordedAudit audit = new RecordedAudit()) {
            assertThat(AuditLog.<Integer>call("migrate", "s3", () -> 7)).isEqualTo(7);
            assertThatThrownBy(() -> AuditLog.run("sinks pause", "lake", () -> {
                        throw new IllegalStateException("no broker answers");
                    }))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(audit.lines())
                    .containsExactly(
                            "operator=\"" + user
                                    + "\" action=\"migrate\" target=\"s3\" result=\"done\" from=\"command line\"",
                            "operator=\"" + user
                                    + "\" action=\"sinks pause\" target=\"lake\" result=\"failed\" from=\"command line\"");
        }
    }

    @Test
    void noValueCanLookLikeAnotherValueOrAnotherLine() {
        String forged = "x\" result=\"done\\\nINFO audit\r\u001b[2J\u2028\u202e";
        assertThat(new AuditEntry("a", "b", forged, "c", "d").line())
                .isEqualTo("operator=\"a\" action=\"b\" target=\"x\\\" result=\\\"done\\\\\\u000aINFO audit\\u000d"
                        + "\\u001b[2J\\u2028\\u202e\" result=\"c\" from=\"d\"");
        assertThat(new AuditEntry("a", "b", "x".repeat(100_000), "c", "d").line())
                .hasSizeLessThan(1_000);
    }

    @Test
    void theAuditLogIsWrittenWhateverTheLevelOfTheOtherLogs() {
        assertThat(((Logger) LoggerFactory.getLogger(AuditLog.LOGGER)).getLevel())
                .isEqualTo(Level.INFO);
    }
}

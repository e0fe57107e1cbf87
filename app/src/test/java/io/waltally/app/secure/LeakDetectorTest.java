package io.waltally.app.secure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

class LeakDetectorTest {
    private static final Logger LOG = LoggerFactory.getLogger(LeakDetectorTest.class);
    private static final String SECRET = "hidden-1";

    private static Stream<Consumer<LeakDetector>> leaks() {
        return Stream.of(
                detector -> detector.check("text", "a " + SECRET),
                detector -> detector.check("exception", new IllegalStateException(new RuntimeException(SECRET))),
                detector -> detector.check("exception", suppressing()),
                detector -> LOG.debug("the password is {}", SECRET),
                detector -> LOG.debug("failed", suppressing()),
                detector -> LOG.atDebug().addKeyValue("password", SECRET).log("failed"),
                detector -> {
                    MDC.put("password", SECRET);
                    LOG.debug("failed");
                    MDC.remove("password");
                });
    }

    private static Exception suppressing() {
        Exception suppressed = new IllegalStateException("closed", new RuntimeException(SECRET));
        Exception failure = new IllegalStateException("failed");
        failure.addSuppressed(suppressed);
        suppressed.addSuppressed(failure);
        return failure;
    }

    @ParameterizedTest
    @MethodSource("leaks")
    void aLeakIsFound(Consumer<LeakDetector> leak) {
        try (LeakDetector detector = new LeakDetector(List.of(SECRET))) {
            leak.accept(detector);
            assertThat(detector.leaks()).isNotEmpty();
        }
    }
}

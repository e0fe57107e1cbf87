package io.waltally.connectors.capture;

import static io.waltally.connectors.capture.fixture.CapturedTopics.waitFor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.config.DatabaseLogin;
import io.waltally.connectors.capture.fixture.CaptureFixture;
import io.waltally.schemas.Source;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A process whose configuration contradicts that of the capturing one. */
class ContradictionIT {
    @RegisterExtension
    final CaptureFixture sync = new CaptureFixture(Source.SYNC);

    @Test
    void anotherSlotOrDatabaseIsRefusedAndDisturbsNobody() throws Exception {
        // Given
        Capture leader = sync.streaming();
        CaptureConfig right = sync.config();
        sync.sql("INSERT INTO collections (collection_id, name) VALUES (4001, 'before')");
        sync.awaitCaptured(leader);
        // When
        sync.configure(config -> config.withSlot("waltally_typo"));
        Capture typo = sync.capture();
        assertThat(refusal(typo)).contains("waltally_typo", right.slot(), "Configure that one");
        assertNoEpochHere(typo, "waltally_typo");
        typo.close();
        sync.admin("CREATE DATABASE copied");
        sync.configure(config -> right.withDatabase(new DatabaseLogin(
                sync.infrastructure().jdbcUrl("copied"), right.database().user(), Optional.empty())));
        Capture elsewhere = sync.capture();
        assertThat(refusal(elsewhere)).contains(right.slot(), "is not a pgoutput slot of database copied");
        assertNoEpochHere(elsewhere, "database copied");
        elsewhere.close();
        sync.admin("DROP DATABASE copied WITH (FORCE)");
        // Then
        sync.configure(config -> right);
        sync.sql("INSERT INTO collections (collection_id, name) VALUES (4002, 'after')");
        sync.awaitCaptured(leader);
        assertThat(leader.status().state()).isEqualTo(CaptureState.STREAMING);
        assertThat(sync.watermark().getEpoch()).isZero();
        assertThat(sync.readRaw(sync.catalogue().captureFailures().name()))
                .as("reasons for other processes")
                .allMatch(record -> record.value() == null);
    }

    /** Neither with a running instance nor without one. */
    private void assertNoEpochHere(Capture refused, String contradiction) {
        assertThatThrownBy(() -> refused.resume(true, false))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll(contradiction, "Another process captures sync", "--force");
        assertThatThrownBy(() -> Capture.declareEpoch(sync.config(), sync.target(), Optional.empty(), false))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll(contradiction, "Another process captures sync", "--force");
    }

    private static String refusal(Capture capture) throws InterruptedException {
        waitFor("refused", () -> capture.status().state() == CaptureState.FAILED);
        return capture.status().reason().orElseThrow();
    }
}

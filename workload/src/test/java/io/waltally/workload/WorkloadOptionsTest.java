package io.waltally.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.workload.session.DatabaseAddress;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WorkloadOptionsTest {
    private static final DatabaseAddress ADDRESS = DatabaseAddress.trusted("jdbc:postgresql://localhost/x", "u");

    @Test
    void anErrorNamesTheOptionAndTheRule() {
        WorkloadOptions options = WorkloadOptions.of(ADDRESS, ADDRESS, 1);
        assertThatThrownBy(() -> options.withRate(-1))
                .hasMessageContaining("rate")
                .hasMessageContaining("-1");
        assertThatThrownBy(() -> options.withRate(Double.NaN)).hasMessageContaining("rate");
        assertThatThrownBy(() -> options.withWritersPerStore(0)).hasMessageContaining("writersPerStore");
        assertThatThrownBy(() -> new WorkloadOptions(Optional.empty(), Optional.empty(), 1, 1, 0))
                .hasMessageContaining("s3 or sync");
        assertThatThrownBy(() -> DatabaseAddress.trusted("postgres://x", "u")).hasMessageContaining("jdbc:postgresql:");
    }

    @Test
    void aPasswordIsNotShown() {
        assertThat(new DatabaseAddress("jdbc:postgresql://localhost/x", "u", "secret").toString())
                .doesNotContain("secret");
    }

    @Test
    void theRateIsSharedByAllWriters() {
        assertThat(WorkloadOptions.of(ADDRESS, ADDRESS, 1)
                        .withWritersPerStore(3)
                        .writers())
                .isEqualTo(6);
        assertThat(WorkloadOptions.ofS3(ADDRESS, 1).withWritersPerStore(3).writers())
                .isEqualTo(3);
    }
}

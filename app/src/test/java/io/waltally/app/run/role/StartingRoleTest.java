package io.waltally.app.run.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.app.http.route.SinkOperations;
import io.waltally.app.http.route.tally.TallyQueries;
import io.waltally.app.status.SinkReport;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class StartingRoleTest {
    private final AtomicReference<Optional<SinkOperations>> role = new AtomicReference<>(Optional.empty());
    private final SinkOperations seen = StartingRole.of(SinkOperations.class, role::get, () -> "Kafka does not answer");

    @Test
    void requestsFailWithTheReasonUntilTheRoleExists() {
        assertThatThrownBy(seen::sinks)
                .isInstanceOf(TallyQueries.TalliesUnavailableException.class)
                .hasMessage("Kafka does not answer");
        role.set(Optional.of(new SinkOperations() {
            @Override
            public List<SinkReport> sinks() {
                return List.of();
            }

            @Override
            public void pause(String sink) {
                throw new IllegalStateException(sink);
            }

            @Override
            public void resume(String sink, boolean reset) {}
        }));
        assertThat(seen.sinks()).isEmpty();
        assertThatThrownBy(() -> seen.pause("lake"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("lake");
    }
}

package io.waltally.app.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.app.http.route.TallyQueries;
import io.waltally.app.http.route.WebhookControl;
import io.waltally.webhooks.deliver.EndpointStatus;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class StartingRoleTest {
    private final AtomicReference<Optional<WebhookControl>> role = new AtomicReference<>(Optional.empty());
    private final WebhookControl seen = StartingRole.of(WebhookControl.class, role::get, () -> "Kafka does not answer");

    @Test
    void untilThereIsARoleItsReasonIsTheAnswer() {
        assertThatThrownBy(seen::endpoints)
                .isInstanceOf(TallyQueries.NotNow.class)
                .hasMessage("Kafka does not answer");
        role.set(Optional.of(new WebhookControl() {
            @Override
            public List<EndpointStatus> endpoints() {
                return List.of();
            }

            @Override
            public boolean enable(String endpoint) {
                throw new IllegalStateException(endpoint);
            }
        }));
        assertThat(seen.endpoints()).isEmpty();
        assertThatThrownBy(() -> seen.enable("crm"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("crm");
    }
}

package io.waltally.connectors.capture.debezium;

import io.debezium.config.CommonConnectorConfig;
import io.debezium.pipeline.ChangeEventSourceCoordinator;
import io.debezium.pipeline.EventDispatcher;
import io.debezium.pipeline.signal.actions.SignalAction;
import io.debezium.pipeline.signal.actions.SignalActionProvider;
import io.debezium.pipeline.source.spi.DataChangeEventListener;
import io.debezium.pipeline.spi.Partition;
import io.debezium.spi.schema.DataCollectionId;
import java.util.Map;

/**
 * Removes Debezium's streaming metrics from the path of events. They pass each event to another thread, which costs a
 * third of the throughput, and no setting disables them. Debezium asks signal channels for actions after it has set its
 * listener and before it streams: this channel has no actions, but replaces the listener.
 *
 * <p>Affects only engines with {@link #PROPERTY} in their configuration.
 */
public final class DisabledStreamingMetrics implements SignalActionProvider {
    static final String PROPERTY = "waltally.streaming.unmeasured";

    @Override
    @SuppressWarnings("deprecation") // the only way to a setting that is not Debezium's
    public <P extends Partition> Map<String, SignalAction<P>> createActions(
            EventDispatcher<P, ? extends DataCollectionId> dispatcher,
            ChangeEventSourceCoordinator<P, ?> coordinator,
            CommonConnectorConfig config) {
        if (config.getConfig().getBoolean(PROPERTY, false)) {
            dispatcher.setEventListener(DataChangeEventListener.NO_OP());
        }
        return Map.of();
    }
}

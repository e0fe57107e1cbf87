package io.waltally.connectors.capture;

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
 * Takes Debezium's streaming metrics out of the way of events. They hand each event to a thread of their own, which
 * costs a third of the throughput, and no setting turns them off. Debezium asks for signal actions once it has set its
 * listener and before it streams; this provider has none, but sets another listener.
 *
 * <p>Acts on the engines whose configuration has {@link #PROPERTY}, not on others in the same JVM.
 */
public final class UnmeasuredStreaming implements SignalActionProvider {
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

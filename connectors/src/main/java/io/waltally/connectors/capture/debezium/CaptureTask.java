package io.waltally.connectors.capture.debezium;

import io.debezium.config.Configuration;
import io.debezium.connector.base.QueueProviderService;
import io.debezium.connector.postgresql.PostgresConnectorTask;
import io.debezium.pipeline.ErrorHandler;
import io.debezium.relational.CustomConverterRegistry;
import io.debezium.service.spi.ServiceProvider;
import io.debezium.service.spi.ServiceRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Debezium's PostgreSQL task with an {@link EventQueue}, which hands over events immediately. Debezium's own poll waits
 * for the whole {@code poll.interval.ms}, and spins during its last millisecond.
 */
public final class CaptureTask extends PostgresConnectorTask {
    /** The wait of an idle poll. The engine handles stop requests and acknowledgements between polls. */
    private static final Duration IDLE_POLL = Duration.ofMillis(500);

    private final EventQueue events = new EventQueue();

    @Override
    protected void registerServiceProviders(ServiceRegistry registry) {
        super.registerServiceProviders(registry);
        registry.registerServiceProvider(new ServiceProvider<QueueProviderService>() {
            @Override
            public Class<QueueProviderService> getServiceClass() {
                return QueueProviderService.class;
            }

            @Override
            public QueueProviderService createService(Configuration configuration, ServiceRegistry services) {
                events.configure(configuration.asMap());
                return new QueueProviderService(events);
            }
        });
        registry.registerServiceProvider(new ServiceProvider<CustomConverterRegistry>() {
            @Override
            public Class<CustomConverterRegistry> getServiceClass() {
                return CustomConverterRegistry.class;
            }

            @Override
            public CustomConverterRegistry createService(Configuration configuration, ServiceRegistry services) {
                return ColumnConverters.of(configuration);
            }
        });
    }

    @Override
    public List<SourceRecord> doPoll() throws InterruptedException {
        List<SourceRecord> records = events.take(IDLE_POLL);
        // Only Debezium's own poll throws the failure of the thread that reads the stream.
        return records.isEmpty() && streamingFailed() ? super.doPoll() : records;
    }

    private boolean streamingFailed() {
        Optional<ErrorHandler> errors = getErrorHandler();
        return errors.isPresent() && errors.get().getProducerThrowable() != null;
    }
}

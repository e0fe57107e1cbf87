package io.waltally.app.run.role;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.ConfiguredSink;
import io.waltally.app.config.ConfiguredSink.BackendQuotas;
import io.waltally.app.config.ConfiguredSink.Lake;
import io.waltally.app.config.ConfiguredSink.Mode;
import io.waltally.app.config.ConfiguredSink.NotificationOutbox;
import io.waltally.app.config.ConfiguredSink.Replica;
import io.waltally.app.config.ConfiguredSink.TargetDatabase;
import io.waltally.app.config.ConfiguredSink.UserCollections;
import io.waltally.app.config.SinkSettings;
import io.waltally.iceberg.IcebergTarget;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.sinks.jdbc.SinkDatabase;
import io.waltally.sinks.jdbc.SinkLogin;
import io.waltally.sinks.outbox.OutboxEndpoint;
import io.waltally.sinks.outbox.OutboxTarget;
import io.waltally.sinks.replica.ReplicaTarget;
import io.waltally.sinks.tally.BackendQuotaTarget;
import io.waltally.sinks.tally.TallyMode;
import io.waltally.sinks.tally.UserCollectionTarget;
import io.waltally.sinks.target.Target;
import java.util.List;

/** Makes the targets of configured sinks. */
public final class TargetFactory {
    private final TopicCatalogue topics;
    private final RegistryAccess registry;
    private final SinkSettings sinks;

    public TargetFactory(Configuration configuration, TopicCatalogue topics) {
        registry = configuration.registry().access();
        sinks = configuration.sinks();
        this.topics = topics;
    }

    /** The target of a sink that is to run; it connects to nothing yet. */
    public Target target(ConfiguredSink configured) {
        if (configured instanceof BackendQuotas sink) {
            return new BackendQuotaTarget(sink.name(), database(sink, sink.database()), mode(sink.mode()), topics);
        }
        if (configured instanceof UserCollections sink) {
            return new UserCollectionTarget(sink.name(), database(sink, sink.database()), mode(sink.mode()), topics);
        }
        if (configured instanceof NotificationOutbox sink) {
            return new OutboxTarget(
                    sink.name(),
                    database(sink, sink.database()),
                    endpoints(sink),
                    topics.notifications().name(),
                    sinks.othersOfOutbox(sink));
        }
        if (configured instanceof Replica sink) {
            return new ReplicaTarget(
                    sink.name(),
                    database(sink, sink.database()),
                    sink.source(),
                    sink.tables(),
                    sink.schema(),
                    registry);
        }
        Lake sink = (Lake) configured;
        return new IcebergTarget(sink.name(), sink.source(), sink.tables(), sink.warehouse(), registry);
    }

    private static TallyMode mode(Mode mode) {
        return switch (mode) {
            case SHADOW -> TallyMode.SHADOW;
            case AUTHORITATIVE -> TallyMode.AUTHORITATIVE;
            case OFF -> throw new IllegalArgumentException("a sink that is off does not run");
        };
    }

    private static List<OutboxEndpoint> endpoints(NotificationOutbox sink) {
        return sink.endpoints().stream()
                .map(endpoint -> new OutboxEndpoint(endpoint.url().reveal(), endpoint.filter()))
                .toList();
    }

    private static SinkDatabase database(ConfiguredSink sink, TargetDatabase target) {
        return new SinkDatabase(
                sink.name(),
                new SinkLogin(
                        target.url(),
                        target.account().user(),
                        target.account().password().reveal()),
                target.statementTimeout(),
                target.lockTimeout());
    }
}

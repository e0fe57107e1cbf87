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
import io.waltally.app.tally.PublishedPositions;
import io.waltally.iceberg.IcebergTarget;
import io.waltally.schemas.Source;
import io.waltally.schemas.Stage;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.sinks.engine.Input;
import io.waltally.sinks.engine.Sink;
import io.waltally.sinks.engine.Sink.OnRefused;
import io.waltally.sinks.jdbc.SinkDatabase;
import io.waltally.sinks.jdbc.SinkLogin;
import io.waltally.sinks.outbox.OutboxEndpoint;
import io.waltally.sinks.outbox.OutboxTarget;
import io.waltally.sinks.replica.ReplicaTarget;
import io.waltally.sinks.tally.BackendQuotaTarget;
import io.waltally.sinks.tally.TallyMode;
import io.waltally.sinks.tally.UserCollectionTarget;
import io.waltally.sinks.target.CompleteTo;
import io.waltally.sinks.target.Target;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Makes sinks of the configured ones: what each reads, its target, and up to where its topics are complete. */
final class SinkFactory {
    private final TopicCatalogue topics;
    private final RegistryAccess registry;
    private final PublishedPositions published;

    SinkFactory(Configuration configuration, TopicCatalogue topics, PublishedPositions published) {
        registry = configuration.registry().access();
        this.topics = topics;
        this.published = published;
    }

    Sink sink(ConfiguredSink configured) {
        if (configured instanceof BackendQuotas quotas) {
            return backendQuotas(quotas);
        }
        if (configured instanceof UserCollections collections) {
            return userCollections(collections);
        }
        if (configured instanceof NotificationOutbox outbox) {
            return notificationOutbox(outbox);
        }
        if (configured instanceof Replica replica) {
            return replica(replica);
        }
        return lake((Lake) configured);
    }

    private Sink backendQuotas(BackendQuotas sink) {
        TallyMode mode = mode(sink.mode());
        return sink(
                sink,
                lastOfEachKey(Set.of(topics.backendQuotas().name())),
                sink.onRefused(),
                () -> new BackendQuotaTarget(sink.name(), database(sink, sink.database()), mode, topics),
                () -> published.applied(List.of(Stage.STORAGE)));
    }

    private Sink userCollections(UserCollections sink) {
        TallyMode mode = mode(sink.mode());
        return sink(
                sink,
                lastOfEachKey(Set.of(topics.userCollections().name())),
                sink.onRefused(),
                () -> new UserCollectionTarget(sink.name(), database(sink, sink.database()), mode, topics),
                () -> published.applied(List.of(Stage.COLLECTIONS)));
    }

    private static TallyMode mode(Mode mode) {
        return switch (mode) {
            case SHADOW -> TallyMode.SHADOW;
            case AUTHORITATIVE -> TallyMode.AUTHORITATIVE;
            case OFF -> throw new IllegalArgumentException("a sink that is off does not run");
        };
    }

    private static Input lastOfEachKey(Set<String> names) {
        return new Input.Partitions(names, Input.Start.BEGINNING, Input.Order.LATEST_PER_KEY);
    }

    private Sink notificationOutbox(NotificationOutbox sink) {
        List<OutboxEndpoint> endpoints = sink.endpoints().stream()
                .map(endpoint -> new OutboxEndpoint(endpoint.url().reveal(), endpoint.filter()))
                .toList();
        return sink(
                sink,
                new Input.Partitions(
                        Set.of(topics.notifications().name()),
                        sink.fromBeginning() ? Input.Start.BEGINNING : Input.Start.END,
                        Input.Order.EVERY_RECORD),
                sink.onRefused(),
                () -> new OutboxTarget(sink.name(), database(sink, sink.database()), endpoints),
                // Events of thresholds come from the stages of tallies.
                () -> published.applied(Stage.of(Source.S3)));
    }

    private Sink replica(Replica sink) {
        Set<String> names = topicsOf(sink.source(), sink.tables());
        return sink(
                sink,
                sink.atomic() ? new Input.Transactions(sink.source(), names) : lastOfEachKey(names),
                sink.onRefused(),
                () -> new ReplicaTarget(
                        sink.name(),
                        database(sink, sink.database()),
                        sink.source(),
                        sink.tables(),
                        sink.schema(),
                        registry),
                () -> published.captured(sink.source()));
    }

    private Sink lake(Lake sink) {
        return sink(
                sink,
                new Input.Transactions(
                        sink.source(),
                        topicsOf(sink.source(), sink.tables()),
                        IcebergTarget.batching(IcebergTarget.DEFAULT_COMMIT_INTERVAL)),
                OnRefused.STOP,
                () -> new IcebergTarget(sink.name(), sink.source(), sink.tables(), sink.warehouse(), registry),
                () -> published.captured(sink.source()));
    }

    private static Sink sink(
            ConfiguredSink sink,
            Input input,
            OnRefused onRefused,
            Supplier<? extends Target> target,
            Supplier<Optional<CompleteTo>> published) {
        return new Sink(
                sink.name(), sink.type(), sink.destination(), sink.source(), input, onRefused, target, published);
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

    private Set<String> topicsOf(Source source, List<String> tables) {
        return tables.stream()
                .map(table -> topics.changesOf(source, table).name())
                .collect(Collectors.toSet());
    }
}

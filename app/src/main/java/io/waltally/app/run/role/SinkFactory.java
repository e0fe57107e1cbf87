package io.waltally.app.run.role;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.ConfiguredSink;
import io.waltally.app.config.ConfiguredSink.BackendQuotas;
import io.waltally.app.config.ConfiguredSink.Lake;
import io.waltally.app.config.ConfiguredSink.NotificationOutbox;
import io.waltally.app.config.ConfiguredSink.Replica;
import io.waltally.app.config.ConfiguredSink.UserCollections;
import io.waltally.app.tally.PublishedPositions;
import io.waltally.iceberg.IcebergTarget;
import io.waltally.schemas.OutputStage;
import io.waltally.schemas.Source;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.sinks.engine.Sink;
import io.waltally.sinks.engine.Sink.OnRefused;
import io.waltally.sinks.engine.SinkInput;
import io.waltally.sinks.target.CompletePosition;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Makes sinks of the configured ones: what each reads, and up to where its topics are complete. */
final class SinkFactory {
    private final TopicCatalogue topics;
    private final TargetFactory targets;
    private final PublishedPositions published;

    SinkFactory(Configuration configuration, TopicCatalogue topics, PublishedPositions published) {
        targets = new TargetFactory(configuration, topics);
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
        return sink(
                sink,
                lastOfEachKey(Set.of(topics.backendQuotas().name())),
                sink.onRefused(),
                () -> published.applied(List.of(OutputStage.STORAGE)));
    }

    private Sink userCollections(UserCollections sink) {
        return sink(
                sink,
                lastOfEachKey(Set.of(topics.userCollections().name())),
                sink.onRefused(),
                () -> published.applied(List.of(OutputStage.COLLECTIONS)));
    }

    private static SinkInput lastOfEachKey(Set<String> names) {
        return new SinkInput.Partitions(names, SinkInput.Start.BEGINNING, SinkInput.Order.LATEST_PER_KEY);
    }

    private Sink notificationOutbox(NotificationOutbox sink) {
        return sink(
                sink,
                new SinkInput.Partitions(
                        Set.of(topics.notifications().name()),
                        sink.fromBeginning() ? SinkInput.Start.BEGINNING : SinkInput.Start.END,
                        SinkInput.Order.EVERY_RECORD),
                sink.onRefused(),
                // Events of thresholds come from the stages of tallies.
                () -> published.applied(OutputStage.of(Source.S3)));
    }

    private Sink replica(Replica sink) {
        Set<String> names = topicsOf(sink.source(), sink.tables());
        return sink(
                sink,
                sink.atomic() ? new SinkInput.Transactions(sink.source(), names) : lastOfEachKey(names),
                sink.onRefused(),
                () -> published.captured(sink.source(), names));
    }

    private Sink lake(Lake sink) {
        Set<String> names = topicsOf(sink.source(), sink.tables());
        return sink(
                sink,
                new SinkInput.Transactions(
                        sink.source(), names, IcebergTarget.batching(IcebergTarget.DEFAULT_COMMIT_INTERVAL)),
                OnRefused.STOP,
                () -> published.captured(sink.source(), names));
    }

    private Sink sink(
            ConfiguredSink sink,
            SinkInput input,
            OnRefused onRefused,
            Supplier<Optional<CompletePosition>> completeTo) {
        return new Sink(
                sink.name(),
                sink.type(),
                sink.destination(),
                sink.source(),
                input,
                onRefused,
                () -> targets.target(sink),
                completeTo);
    }

    private Set<String> topicsOf(Source source, List<String> tables) {
        return tables.stream()
                .map(table -> topics.changesOf(source, table).name())
                .collect(Collectors.toSet());
    }
}

package io.waltally.app.command.deadletter;

import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.SourceConverter;
import io.waltally.app.command.common.TimeConverter;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.ConfiguredSink;
import io.waltally.app.config.reading.Suggestions;
import io.waltally.app.deadletter.DeadLetter;
import io.waltally.app.deadletter.DeadLetterFilter;
import io.waltally.app.deadletter.DeadLetterHistory;
import io.waltally.app.deadletter.DeadLetterLedger;
import io.waltally.app.deadletter.DeadLetterStage;
import io.waltally.app.deadletter.DeadLetterTopics;
import io.waltally.app.run.Topics;
import io.waltally.app.webhook.KnownEndpoint;
import io.waltally.app.webhook.KnownEndpoints;
import io.waltally.schemas.Source;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.common.errors.TimeoutException;
import picocli.CommandLine.Option;

/** Options that select dead letters. */
final class DeadLetterOptions {
    @Option(
            names = "--id",
            paramLabel = "ID",
            description =
                    "Only this one, as 'dlq list' names it: TOPIC-PARTITION-OFFSET, or a notification's id. May be"
                            + " repeated.")
    private List<String> ids = List.of();

    @Option(
            names = "--source",
            paramLabel = "s3|sync",
            converter = SourceConverter.class,
            description = "Only changes of this source.")
    private Source source;

    @Option(names = "--topic", paramLabel = "TOPIC", description = "Only records of this topic.")
    private String topic;

    @Option(names = "--endpoint", paramLabel = "NAME", description = "Only notifications for this endpoint.")
    private String endpoint;

    @Option(names = "--sink", paramLabel = "NAME", description = "Only records that the target of this sink refused.")
    private String sink;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = TimeConverter.class,
            description = "Only changes from this time on: 2026-11-22T12:00:00Z, or 2h for the last two hours.")
    private Instant since;

    /** Selected dead letters, and the ledger that has them. */
    record Selection(DeadLetterLedger ledger, List<DeadLetterHistory> letters) {}

    List<String> ids() {
        return ids;
    }

    /**
     * Reads the letters of these options, in any state.
     *
     * @throws CommandFailure if Kafka does not answer, or if a name exists neither in the configuration nor in a letter
     */
    Selection select(Configuration configuration, DeadLetterTopics letters, Collection<DeadLetterStage> stages) {
        DeadLetterFilter filter = new DeadLetterFilter(
                Set.copyOf(ids),
                Optional.ofNullable(source),
                Optional.ofNullable(topic),
                Optional.ofNullable(endpoint),
                Optional.ofNullable(sink),
                Optional.ofNullable(since));
        Set<String> endpoints = endpoint == null ? new TreeSet<>() : endpoints(configuration);
        Set<String> sinks = configuration.sinks().sinks().stream()
                .map(ConfiguredSink::name)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> topics = Topics.of(configuration, configuration.catalogue()).stream()
                .map(Topic::name)
                .collect(Collectors.toCollection(TreeSet::new));
        DeadLetterLedger ledger = read(configuration, letters, stages, letter -> {
            letter.endpoint().ifPresent(endpoints::add);
            letter.sink().ifPresent(sinks::add);
            topics.add(letter.reason().topic());
            return filter.accepts(letter);
        });
        require("endpoint", endpoint, endpoints);
        require("sink", sink, sinks);
        require("topic", topic, topics);
        return new Selection(ledger, ledger.letters());
    }

    /**
     * The names of the endpoints of the configuration, and of those that were added at run time.
     *
     * @throws CommandFailure if Kafka does not answer
     */
    static Set<String> endpoints(Configuration configuration) {
        try {
            return KnownEndpoints.read(configuration, configuration.catalogue()).stream()
                    .map(KnownEndpoint::name)
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (TimeoutException e) {
            throw new CommandFailure(
                    "cannot reach Kafka at " + configuration.kafka().bootstrapServers() + " (kafka.bootstrap.servers)",
                    e);
        }
    }

    /** Reads the letters again. */
    static DeadLetterLedger read(
            Configuration configuration,
            DeadLetterTopics letters,
            Collection<DeadLetterStage> stages,
            Predicate<DeadLetter> keep) {
        try {
            return letters.read(stages, keep);
        } catch (TimeoutException e) {
            throw new CommandFailure(
                    "cannot reach Kafka at " + configuration.kafka().bootstrapServers() + " (kafka.bootstrap.servers)",
                    e);
        }
    }

    private static void require(String kind, String name, Set<String> known) {
        if (name != null && !known.contains(name)) {
            throw CommandFailure.wrongUsage("there is no " + kind + " \"" + name + "\"; "
                    + (known.isEmpty() ? "the configuration has none" : Suggestions.hint(name, known)));
        }
    }

    /** @throws CommandFailure if a letter that was asked for by its id is not among the selected ones */
    void requireIds(Collection<DeadLetterHistory> selected, Collection<DeadLetterStage> stages, TopicCatalogue topics) {
        Set<String> found = selected.stream().map(filed -> filed.letter().id()).collect(Collectors.toSet());
        List<String> missing = ids.stream().filter(id -> !found.contains(id)).toList();
        if (!missing.isEmpty()) {
            throw CommandFailure.wrongUsage("no dead letter " + String.join(", ", missing) + " in "
                    + stages.stream().map(stage -> stage.topic(topics).name()).collect(Collectors.joining(", "))
                    + "; 'waltally dlq list --state all"
                    + (stages.size() == 1
                            ? " --stage " + stages.iterator().next().id()
                            : "")
                    + "' shows what there is");
        }
    }
}

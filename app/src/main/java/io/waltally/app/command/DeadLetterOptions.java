package io.waltally.app.command;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.DurationText;
import io.waltally.app.deadletter.DeadLetter;
import io.waltally.app.deadletter.DeadLetterFilter;
import io.waltally.app.deadletter.DeadLetterStage;
import io.waltally.app.deadletter.DeadLetterTopics;
import io.waltally.schemas.Source;
import io.waltally.schemas.TopicCatalogue;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.errors.TimeoutException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

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
            converter = Since.class,
            description = "Only changes from this time on: 2026-11-22T12:00:00Z, or 2h for the last two hours.")
    private Instant since;

    List<String> ids() {
        return ids;
    }

    static TopicCatalogue topics(Configuration configuration) {
        return configuration.catalogue();
    }

    /** @throws CommandFailure if Kafka does not answer */
    List<DeadLetter> select(Configuration configuration, DeadLetterTopics letters, Collection<DeadLetterStage> stages) {
        DeadLetterFilter filter = new DeadLetterFilter(
                Set.copyOf(ids),
                Optional.ofNullable(source),
                Optional.ofNullable(topic),
                Optional.ofNullable(endpoint),
                Optional.ofNullable(sink),
                Optional.ofNullable(since));
        List<DeadLetter> selected = new ArrayList<>();
        try {
            letters.read(stages, letter -> {
                if (filter.accepts(letter)) {
                    selected.add(letter);
                }
            });
        } catch (TimeoutException e) {
            throw new CommandFailure(
                    "cannot reach Kafka at " + configuration.kafka().bootstrapServers() + " (kafka.bootstrap.servers)",
                    e);
        }
        return selected;
    }

    static final class Since implements ITypeConverter<Instant> {
        @Override
        public Instant convert(String text) {
            try {
                return Instant.parse(text);
            } catch (DateTimeException e) {
                return ago(text);
            }
        }

        private static Instant ago(String text) {
            try {
                return Instant.now().minus(DurationText.parse(text));
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(
                        "\"" + text + "\": must be a time such as 2026-11-22T12:00:00Z, or a duration such as 2h");
            }
        }
    }
}

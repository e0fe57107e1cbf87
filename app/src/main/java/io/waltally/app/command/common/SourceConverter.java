package io.waltally.app.command.common;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.SourceSettings;
import io.waltally.schemas.Source;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Parses the name of a source. */
public final class SourceConverter implements ITypeConverter<Source> {
    @Override
    public Source convert(String text) {
        try {
            return Source.of(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    /** @throws CommandFailure if the source is not configured */
    public static void requireOn(Configuration configuration, Source source) {
        if (!configuration.sources().containsKey(source)) {
            throw CommandFailure.wrongUsage("source " + source + " is off: the configuration gives sources without it");
        }
    }

    /** @throws CommandFailure if the source is not configured */
    public static SourceSettings settings(Configuration configuration, Source source) {
        requireOn(configuration, source);
        return configuration.sources().get(source);
    }
}

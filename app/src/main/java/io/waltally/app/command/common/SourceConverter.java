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
    public static SourceSettings settings(Configuration configuration, Source source) {
        SourceSettings settings = configuration.sources().get(source);
        if (settings == null) {
            throw CommandFailure.wrongUsage("source " + source + " is off: the configuration gives sources without it");
        }
        return settings;
    }
}

package io.waltally.app.command.common;

import io.waltally.app.config.value.DurationText;
import java.time.DateTimeException;
import java.time.Instant;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A time on the command line: RFC 3339, or how long ago it was. */
public final class TimeConverter implements ITypeConverter<Instant> {
    @Override
    public Instant convert(String text) {
        Instant time;
        try {
            time = Instant.parse(text);
        } catch (DateTimeException e) {
            time = ago(text);
        }
        // Kafka knows no earlier time, and no record is older.
        return time.isBefore(Instant.EPOCH) ? Instant.EPOCH : time;
    }

    private static Instant ago(String text) {
        try {
            return Instant.now().minus(DurationText.parse(text));
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException("\"" + text + "\": must be a time such as 2026-11-22T12:00:00Z, or "
                    + e.getMessage().replaceFirst("^must be ", ""));
        }
    }
}

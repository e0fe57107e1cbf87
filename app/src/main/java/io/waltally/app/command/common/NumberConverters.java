package io.waltally.app.command.common;

import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Parses numbers on the command line. Messages name the rule, as those about the configuration do, not Java's types. */
public final class NumberConverters {
    private static final String WHOLE = "a whole number";

    private NumberConverters() {}

    /** Makes a command and its subcommands use them. */
    public static void register(CommandLine line) {
        line.registerConverter(int.class, converter(Integer::valueOf, WHOLE));
        line.registerConverter(Integer.class, converter(Integer::valueOf, WHOLE));
        line.registerConverter(Long.class, converter(Long::valueOf, WHOLE));
        line.registerConverter(double.class, converter(Double::valueOf, "a number"));
    }

    private static <N> ITypeConverter<N> converter(Function<String, N> parse, String kind) {
        return text -> {
            try {
                return parse.apply(text);
            } catch (NumberFormatException e) {
                throw new TypeConversionException("\"" + text + "\": must be " + kind);
            }
        };
    }
}

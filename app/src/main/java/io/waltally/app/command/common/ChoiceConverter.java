package io.waltally.app.command.common;

import io.waltally.app.config.reading.Suggestions;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.TypeConversionException;

/** Parses a word of a fixed choice, in any case. Messages list the words as they are typed, not as Java spells them. */
public class ChoiceConverter<E extends Enum<E>> implements ITypeConverter<E> {
    private final Class<E> type;
    private final List<E> listed;

    /** @param listed what messages offer */
    protected ChoiceConverter(Class<E> type, Collection<E> listed) {
        this.type = type;
        this.listed = List.copyOf(listed);
    }

    /** Makes a command and its subcommands use such a converter for each enum that they have an argument of. */
    public static void register(CommandLine line) {
        commands(line)
                .flatMap(command -> command.getCommandSpec().args().stream())
                .map(ChoiceConverter::element)
                .filter(Class::isEnum)
                .distinct()
                .forEach(type -> register(line, type.asSubclass(Enum.class)));
    }

    private static Stream<CommandLine> commands(CommandLine line) {
        return Stream.concat(
                Stream.of(line), line.getSubcommands().values().stream().flatMap(ChoiceConverter::commands));
    }

    private static Class<?> element(ArgSpec argument) {
        Class<?>[] elements = argument.auxiliaryTypes();
        return elements[elements.length - 1];
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // any enum is an Enum of itself
    private static void register(CommandLine line, Class<? extends Enum> type) {
        line.registerConverter(type, new ChoiceConverter(type, Arrays.asList(type.getEnumConstants())));
    }

    @Override
    public E convert(String text) {
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> constant.toString().equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException(refusal(text)));
    }

    private String refusal(String text) {
        List<String> words = listed.stream().map(Enum::toString).toList();
        int last = words.size() - 1;
        return "\"" + text + "\": must be " + String.join(", ", words.subList(0, last)) + " or " + words.get(last)
                + Suggestions.nearest(text.toLowerCase(Locale.ROOT), words)
                        .map(meant -> "; did you mean " + meant + "?")
                        .orElse("");
    }
}

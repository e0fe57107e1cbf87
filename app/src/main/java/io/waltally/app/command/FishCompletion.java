package io.waltally.app.command;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** A completion script for fish, which picocli does not make. */
final class FishCompletion {
    private static final Set<Class<?>> FILES = Set.of(Path.class, File.class);

    private final String program;
    private final List<String> lines = new ArrayList<>();

    private FishCompletion(String program) {
        this.program = program;
    }

    /** Completes commands, their options, and the values of both that are known. */
    static String of(CommandSpec root) {
        FishCompletion completion = new FishCompletion(root.name());
        completion.lines.add("# fish completion of " + root.name());
        completion.lines.add("complete -c " + root.name() + " -e");
        completion.lines.add("complete -c " + root.name() + " -f");
        completion.add(root, "");
        return String.join("\n", completion.lines);
    }

    /** @param seen the condition under which the command has been typed; empty for the root */
    private void add(CommandSpec command, String seen) {
        Map<String, CommandLine> below = new LinkedHashMap<>(command.subcommands());
        String here = seen;
        if (!below.isEmpty()) {
            String none = "not __fish_seen_subcommand_from " + String.join(" ", below.keySet());
            here = seen.isEmpty() ? none : seen + "; and " + none;
        }
        for (OptionSpec option : command.options()) {
            if (!option.hidden()) {
                add(option, here);
            }
        }
        for (PositionalParamSpec parameter : command.positionalParameters()) {
            String values = values(parameter);
            if (!values.isEmpty()) {
                complete(condition(parameter, command, here), " -a " + quoted(values) + description(parameter));
            }
        }
        for (Map.Entry<String, CommandLine> entry : below.entrySet()) {
            CommandSpec spec = entry.getValue().getCommandSpec();
            complete(
                    here,
                    " -a " + entry.getKey()
                            + described(String.join(" ", spec.usageMessage().header())));
            String typed = "__fish_seen_subcommand_from " + entry.getKey();
            add(spec, seen.isEmpty() ? typed : seen + "; and " + typed);
        }
    }

    /** A command with several parameters of known values completes each only at its place. */
    private static String condition(PositionalParamSpec parameter, CommandSpec command, String here) {
        long known = command.positionalParameters().stream()
                .filter(other -> !values(other).isEmpty())
                .count();
        if (known < 2) {
            return here;
        }
        int words =
                command.qualifiedName().split(" ").length + parameter.index().min();
        return here + "; and test (count (commandline -opc)) -"
                + (parameter.index().max() > parameter.index().min() ? "ge " : "eq ") + words;
    }

    private void add(OptionSpec option, String condition) {
        StringBuilder line = new StringBuilder();
        for (String name : option.names()) {
            line.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
        }
        if (option.arity().max() > 0) {
            line.append(FILES.contains(option.type()) ? " -rF" : " -x");
            String values = values(option);
            if (!values.isEmpty()) {
                line.append(" -a ").append(quoted(values));
            }
        }
        complete(condition, line + description(option));
    }

    private void complete(String condition, String what) {
        lines.add("complete -c " + program + (condition.isEmpty() ? "" : " -n " + quoted(condition)) + what);
    }

    private static String values(ArgSpec argument) {
        Iterable<String> candidates = argument.completionCandidates();
        return candidates == null
                ? ""
                : StreamSupport.stream(candidates.spliterator(), false).collect(Collectors.joining(" "));
    }

    private static String description(ArgSpec argument) {
        return described(String.join(" ", argument.description()));
    }

    private static String described(String text) {
        return text.isEmpty() ? "" : " -d " + quoted(Ansi.OFF.string(text));
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}

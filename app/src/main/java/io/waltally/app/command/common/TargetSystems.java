package io.waltally.app.command.common;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.SourceSettings;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/** Prints the systems that a command changes, as its first line on stderr. */
public final class TargetSystems {
    private TargetSystems() {}

    public static void announce(CommandSpec spec, String... systems) {
        announce(spec, List.of(systems));
    }

    public static void announce(CommandSpec spec, List<String> systems) {
        spec.commandLine()
                .getErr()
                .println("acting on " + systems.stream().distinct().collect(Collectors.joining(" and ")));
    }

    public static String postgres(SourceSettings source) {
        return "PostgreSQL " + source.address();
    }

    public static String kafka(Configuration configuration) {
        return "Kafka " + configuration.kafka().bootstrapServers();
    }
}

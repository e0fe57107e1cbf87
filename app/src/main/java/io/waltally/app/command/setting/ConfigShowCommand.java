package io.waltally.app.command.setting;

import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.TerminalText;
import io.waltally.app.config.LoadedConfiguration;
import io.waltally.app.config.reading.EffectiveSetting;
import io.waltally.app.tally.Json;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows the configuration that is in effect. */
@Command(
        name = "show",
        header = "Show every setting in effect, and where it comes from. Secrets are masked.",
        description = {
            "A later layer takes precedence: default, file, environment variable, flag. Of a list, the origin of the first"
                    + " element is shown.",
            ""
        })
final class ConfigShowCommand implements Callable<Integer> {
    private static final String NONE = "-";
    private static final int WIDEST_COLUMN = 60;

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Option(names = "--json", description = "One JSON document on stdout.")
    private boolean json;

    @Override
    public Integer call() {
        common.applyVerbosity();
        LoadedConfiguration loaded = common.loaded(Map.of());
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.pretty(Map.of("items", loaded.settings())));
        } else {
            print(loaded.settings(), out);
        }
        out.flush();
        return 0;
    }

    private static void print(List<EffectiveSetting> settings, PrintWriter out) {
        int keys = width(settings.stream().map(EffectiveSetting::key).toList());
        int values = width(settings.stream().map(ConfigShowCommand::value).toList());
        String row = "%-" + keys + "s  %-" + values + "s  %s%n";
        out.printf(row, "KEY", "VALUE", "FROM");
        settings.forEach(setting -> out.printf(
                row, setting.key(), value(setting), setting.location().orElse(setting.origin())));
    }

    private static String value(EffectiveSetting setting) {
        return TerminalText.of(setting.value().orElse(NONE));
    }

    private static int width(List<String> texts) {
        return texts.stream()
                .mapToInt(String::length)
                .filter(length -> length <= WIDEST_COLUMN)
                .max()
                .orElse(1);
    }
}

package io.waltally.app.command.setting;

import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.config.LoadedConfiguration;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Checks the configuration. */
@Command(
        name = "check",
        header = "Check the configuration; exit 2 with all errors if it is not valid.",
        description = {"Checks the file, the environment variables WALTALLY_*, and that the files of secrets exist.", ""
        })
final class ConfigCheckCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Override
    public Integer call() {
        common.applyVerbosity();
        LoadedConfiguration loaded = common.loaded(Map.of());
        spec.commandLine()
                .getOut()
                .println(loaded.file().map(Path::toString).orElse("the configuration without a file") + " is valid");
        return 0;
    }
}

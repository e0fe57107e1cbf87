package io.waltally.app.command.common;

import picocli.CommandLine.Option;

/** The option that every command has. */
public class HelpOption {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;
}

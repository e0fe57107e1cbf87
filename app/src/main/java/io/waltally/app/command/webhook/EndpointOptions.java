package io.waltally.app.command.webhook;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Options with settings of an endpoint. */
final class EndpointOptions {
    @Option(
            names = "--secret",
            paramLabel = "SECRET",
            description = "Signing secret: whsec_ and Base64. May be repeated: each signs.")
    private List<String> secrets = List.of();

    @Option(
            names = "--secrets-file",
            paramLabel = "FILE",
            description = "File with a signing secret in each line; read here, so that none is in a list of processes.")
    private Path secretsFile;

    @Option(
            names = "--events",
            paramLabel = "PATTERN",
            split = ",",
            description = "Types, or the beginnings of types such as s3:ObjectCreated:*.")
    private List<String> events = List.of();

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Any other setting of an entry of webhooks.endpoints, such as timeout=10s or"
                    + " headers.X-Tenant=a. May be repeated.")
    private Map<String, String> others = Map.of();

    /** The settings by key; lists have commas. */
    Map<String, String> settings(CommandSpec spec) {
        Map<String, String> settings = new LinkedHashMap<>(others);
        if (!secrets.isEmpty() && secretsFile != null) {
            throw new ParameterException(spec.commandLine(), "--secret and --secrets-file exclude each other");
        }
        if (!secrets.isEmpty()) {
            settings.put("secrets", String.join(",", secrets));
        }
        if (secretsFile != null) {
            settings.put("secrets", String.join(",", lines(spec)));
        }
        if (!events.isEmpty()) {
            settings.put("events", String.join(",", events));
        }
        return settings;
    }

    private List<String> lines(CommandSpec spec) {
        try {
            return Files.readAllLines(secretsFile).stream()
                    .filter(line -> !line.isBlank())
                    .toList();
        } catch (IOException e) {
            throw new ParameterException(
                    spec.commandLine(), "--secrets-file " + secretsFile + " cannot be read: " + e.getMessage(), e);
        }
    }
}

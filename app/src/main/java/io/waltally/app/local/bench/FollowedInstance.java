package io.waltally.app.local.bench;

import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.run.Instance;
import io.waltally.app.tally.AsOf;
import io.waltally.bench.page.PageBenchmarkTarget;
import io.waltally.schemas.Lsn;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** An instance in this process, as a target of the benchmark of its page. */
final class FollowedInstance implements PageBenchmarkTarget {
    private final Instance instance;
    private final SourceSettings source;
    private final String url;

    /** @param url of the source's database */
    FollowedInstance(Instance instance, SourceSettings source, String url) {
        this.instance = instance;
        this.source = source;
        this.url = url;
    }

    @Override
    public String url() {
        return url;
    }

    @Override
    public String admin() {
        return source.admin().user();
    }

    @Override
    public Optional<Lsn> applied() {
        instance.ended().ifPresent(reason -> {
            throw new CommandFailure(reason);
        });
        return instance.published(source.source()).map(AsOf::lsn);
    }

    @Override
    public Clients open(int clients) {
        try {
            Process process = new ProcessBuilder(List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            EventClients.class.getName(),
                            instance.uri() + "/api/stream",
                            Integer.toString(clients)))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            BufferedReader said = process.inputReader(StandardCharsets.UTF_8);
            if (!EventClients.FOLLOWING.equals(said.readLine())) {
                stop(process);
                throw new CommandFailure("the clients could not follow the events of " + instance.uri());
            }
            return () -> stop(process);
        } catch (IOException e) {
            throw new CommandFailure("the process of the clients: " + e.getMessage(), e);
        }
    }

    private static void stop(Process process) {
        process.destroy();
        process.onExit().join();
    }
}

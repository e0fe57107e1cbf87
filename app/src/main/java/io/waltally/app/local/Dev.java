package io.waltally.app.local;

import io.waltally.app.command.RunCommand;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.http.HttpApi;
import io.waltally.app.http.server.ListenException;
import io.waltally.app.run.Instance;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.role.RoleName;
import io.waltally.embedded.Infrastructure;
import io.waltally.schemas.Source;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The command {@code dev}: starts servers, migrates, and runs an instance. */
final class Dev {
    private static final Logger LOG = LoggerFactory.getLogger(Dev.class);

    private Dev() {}

    static int run(ServerPorts ports, CommonOptions common, Map<String, String> flags, StopSignal stop) {
        OwnServers configured = OwnServers.forDevelopment(common);
        Configuration checked = configured.check(flags);
        HttpApi.check(checked.http());
        ListenException.requireFree(checked.http().host(), checked.http().port());
        stop.install();
        Set<Source> sources = checked.sources().keySet();
        try (TemporaryDirectory temporary = new TemporaryDirectory("waltally-dev");
                Infrastructure servers = LocalServers.start(ports)) {
            Map<String, String> values = new HashMap<>(LocalServers.configuration(servers, sources));
            // The state directory is kept and removed together with the data of the servers.
            values.put(
                    "streams.state-directory",
                    ports.dataDirectory()
                            .orElseGet(temporary::path)
                            .resolve("streams")
                            .toString());
            values.putAll(flags);
            Configuration configuration = configured.with(values);
            for (SourceSettings source : configuration.sources().values()) {
                LOG.info(Migrations.migrate(source, configuration.sinks()).headline());
            }
            Optional<Instance> started = Instance.start(configuration, EnumSet.allOf(RoleName.class), stop);
            if (started.isPresent()) {
                try (Instance instance = started.get()) {
                    LOG.info("the page is at {}/", instance.uri());
                    RunCommand.untilStopped(instance, stop);
                }
            }
        }
        return 0;
    }
}

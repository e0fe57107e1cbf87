package io.waltally.app.local;

import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.run.ClassArchiveWriter;
import io.waltally.app.run.StopSignal;
import io.waltally.app.tally.Json;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.InfrastructureOptions;
import io.waltally.embedded.PostgresAddress;
import io.waltally.embedded.process.EmbeddedServerException;
import io.waltally.schemas.Source;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Starts the embedded servers for the commands of this application. */
public final class LocalServers {
    private static final Duration A_WHILE = Duration.ofHours(1);

    private LocalServers() {}

    /** @throws CommandFailure naming the port that is taken, or another cause */
    public static Infrastructure start(InfrastructureOptions options) {
        try {
            return Infrastructure.start(options);
        } catch (EmbeddedServerException e) {
            throw new CommandFailure(e.getMessage(), e);
        }
    }

    static Infrastructure start(ServerPorts ports) {
        return start(
                new InfrastructureOptions(ports.postgres(), ports.kafka(), ports.registry(), ports.dataDirectory()));
    }

    static int untilStopped(ServerPorts ports, PrintWriter out, StopSignal stop) {
        try (Infrastructure servers = start(ports)) {
            out.println("ready " + Json.write(addresses(servers)));
            out.flush();
            ClassArchiveWriter.commandStarted();
            boolean stopped = false;
            while (!stopped) {
                stopped = stop.await(A_WHILE);
            }
        }
        return 0;
    }

    private static Map<String, Object> addresses(Infrastructure servers) {
        PostgresAddress postgres = servers.postgres();
        Map<String, Object> database = new LinkedHashMap<>();
        database.put("host", postgres.host());
        database.put("port", postgres.port());
        database.put("user", postgres.user());
        Map<String, Object> addresses = new LinkedHashMap<>();
        addresses.put("postgres", database);
        addresses.put("kafka", servers.kafka());
        addresses.put("registry", servers.registry().toString());
        return addresses;
    }

    /** Configuration by dotted key for these servers. */
    public static Map<String, String> configuration(Infrastructure servers) {
        return configuration(servers, EnumSet.allOf(Source.class));
    }

    /** @param sources the sources that are on */
    static Map<String, String> configuration(Infrastructure servers, Set<Source> sources) {
        Map<String, String> values = new LinkedHashMap<>();
        for (Source source : sources) {
            String key = "sources." + source.id();
            values.put(key + ".url", servers.jdbcUrl(database(source)));
            values.put(key + ".admin.user", servers.postgres().user());
        }
        values.put("kafka.bootstrap.servers", servers.kafka());
        values.put("registry.url", servers.registry().toString());
        return values;
    }

    public static String database(Source source) {
        return switch (source) {
            case S3 -> PostgresAddress.S3_DATABASE;
            case SYNC -> PostgresAddress.SYNC_DATABASE;
        };
    }
}

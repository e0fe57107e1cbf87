package io.waltally.app.config;

import io.waltally.pipeline.PipelineConfig;
import io.waltally.pipeline.quota.UsageLimits;
import io.waltally.pipeline.replica.Replication;
import io.waltally.pipeline.table.LengthUnit;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Settings of the topologies, section {@code streams}.
 *
 * @param pipeline equal on all instances
 * @param stateDirectory of this process; empty: the platform's state directory, by application and Kafka cluster
 * @param threads number of stream threads of this process
 */
public record StreamsSettings(PipelineConfig pipeline, Optional<Path> stateDirectory, int threads) {
    private static final String USAGE_LIMITS = "streams.usage-limits";
    private static final int DEFAULT_THREADS = 2;
    private static final int MOST_THREADS = 256;

    public StreamsSettings {
        if (threads < 1 || threads > MOST_THREADS) {
            throw new ConfigException("streams.threads", threads, "must be from 1 to " + MOST_THREADS);
        }
    }

    /** The state directory for a Kafka cluster. */
    public Path stateDirectory(String clusterId) {
        return stateDirectory.orElseGet(() -> stateHome()
                .resolve("waltally")
                .resolve(pipeline.applicationId())
                .resolve(clusterId));
    }

    /** By the XDG Base Directory Specification, which ignores relative paths. */
    private static Path stateHome() {
        return Optional.ofNullable(System.getenv("XDG_STATE_HOME"))
                .map(Path::of)
                .filter(Path::isAbsolute)
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".local", "state"));
    }

    static StreamsSettings from(ConfigValues values) {
        return new StreamsSettings(
                pipeline(values),
                values.parsed("streams.state-directory", Path::of),
                values.integer("streams.threads", DEFAULT_THREADS));
    }

    private static PipelineConfig pipeline(ConfigValues values) {
        PipelineConfig defaults = PipelineConfig.DEFAULTS;
        try {
            return new PipelineConfig(
                    values.text("streams.application-id", defaults.applicationId()),
                    values.size("streams.user-quota-bytes", new ByteSize(defaults.userQuotaBytes()))
                            .bytes(),
                    values.parsed("streams.payload-length", StreamsSettings::lengthUnit)
                            .orElse(defaults.payloadLength()),
                    usageLimits(values),
                    values.fraction("streams.capacity-threshold", defaults.capacityThreshold()),
                    values.duration("streams.capacity-damping", defaults.capacityDamping()),
                    values.flag("streams.notify-collections", defaults.collectionNotifications()),
                    new Replication(
                            values.integer(
                                    "streams.replication-factor",
                                    defaults.replication().factor()),
                            values.duration(
                                    "streams.replication-grace",
                                    defaults.replication().grace())),
                    values.duration("streams.emit-interval", defaults.emitInterval()),
                    values.duration("streams.expiry-interval", defaults.expiryInterval()),
                    values.integer("streams.max-unprocessable-per-minute", defaults.maxUnprocessablePerMinute()));
        } catch (IllegalArgumentException e) {
            throw ConfigException.stated("streams", e.getMessage());
        }
    }

    private static LengthUnit lengthUnit(String text) {
        return Arrays.stream(LengthUnit.values())
                .filter(unit -> id(unit).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("must be one of "
                        + Arrays.stream(LengthUnit.values())
                                .map(StreamsSettings::id)
                                .collect(Collectors.joining(", "))));
    }

    private static String id(LengthUnit unit) {
        return unit.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Limits by backend. The name of a backend may contain dots: it ends before the name of the limit. */
    private static Map<String, UsageLimits> usageLimits(ConfigValues values) {
        Map<String, UsageLimits> limits = new TreeMap<>();
        values.below(USAGE_LIMITS).forEach((name, text) -> {
            int end = name.lastIndexOf('.');
            String backend = name.substring(0, Math.max(0, end));
            String key = USAGE_LIMITS + "." + name;
            long limit = values.size(key, new ByteSize(0)).bytes();
            UsageLimits before = limits.getOrDefault(backend, UsageLimits.UNLIMITED);
            limits.put(
                    backend,
                    switch (name.substring(end + 1)) {
                        case "api-requests" -> new UsageLimits(limit, before.egressBytes(), before.ingressBytes());
                        case "egress-bytes" -> new UsageLimits(before.apiRequests(), limit, before.ingressBytes());
                        case "ingress-bytes" -> new UsageLimits(before.apiRequests(), before.egressBytes(), limit);
                        default ->
                            throw ConfigValues.unknown(
                                    USAGE_LIMITS + "." + backend,
                                    name.substring(end + 1),
                                    Set.of("api-requests", "egress-bytes", "ingress-bytes"));
                    });
        });
        return limits;
    }
}

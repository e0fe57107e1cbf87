package io.waltally.app.config;

import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.reading.ConfigValues;
import io.waltally.app.config.reading.Keys;
import io.waltally.app.config.value.ByteSize;
import io.waltally.pipeline.PipelineConfig;
import io.waltally.pipeline.quota.UsageLimits;
import io.waltally.pipeline.replica.Replication;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Settings of the topologies, section {@code streams}.
 *
 * @param pipeline equal on all instances
 * @param stateDirectory of this process; empty: the platform's state directory, by application and Kafka cluster
 * @param threads number of stream threads of this process
 * @param properties further properties of Kafka Streams
 */
public record StreamsSettings(
        PipelineConfig pipeline, Optional<Path> stateDirectory, int threads, Map<String, String> properties) {
    private static final String USAGE_LIMITS = "streams.usage-limits";
    private static final Set<String> LIMITS = Set.of("api-requests", "egress-bytes", "ingress-bytes");
    private static final int DEFAULT_THREADS = 2;
    private static final int MAX_THREADS = 256;

    public StreamsSettings {
        if (threads < 1 || threads > MAX_THREADS) {
            throw new ConfigException("streams.threads", threads, "must be from 1 to " + MAX_THREADS);
        }
        properties = Map.copyOf(properties);
    }

    /** Without secrets of properties. */
    @Override
    public String toString() {
        return "StreamsSettings[pipeline=" + pipeline + ", stateDirectory=" + stateDirectory + ", threads=" + threads
                + ", properties=" + StreamsProperties.masked(properties) + "]";
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
                values.path("streams.state-directory"),
                values.integer("streams.threads", DEFAULT_THREADS),
                StreamsProperties.from(values));
    }

    private static PipelineConfig pipeline(ConfigValues values) {
        PipelineConfig defaults = PipelineConfig.DEFAULTS;
        try {
            return new PipelineConfig(
                    values.text("streams.application-id", defaults.applicationId()),
                    values.size("streams.user-quota-bytes", new ByteSize(defaults.userQuotaBytes()))
                            .bytes(),
                    values.oneOf("streams.payload-length", defaults.payloadLength()),
                    usageLimits(values),
                    values.fraction("streams.capacity-threshold", defaults.capacityThreshold()),
                    values.duration("streams.capacity-damping", defaults.capacityDamping()),
                    values.flag("streams.notify-collections", defaults.collectionNotifications()),
                    new Replication(
                            values.integer(
                                    "streams.object-copies",
                                    defaults.replication().factor()),
                            values.duration(
                                    "streams.object-copies-grace",
                                    defaults.replication().grace())),
                    values.duration("streams.emit-interval", defaults.emitInterval()),
                    values.duration("streams.expiry-interval", defaults.expiryInterval()),
                    values.integer("streams.max-unprocessable-per-minute", defaults.maxUnprocessablePerMinute()));
        } catch (IllegalArgumentException e) {
            throw ConfigException.naming(e.getMessage());
        }
    }

    /** {@code B2_EGRESS_BYTES} is {@code b2.egress-bytes}. */
    private static String limitName(String variable) {
        return LIMITS.stream()
                .filter(limit -> variable.endsWith("_" + Keys.variablePart(limit)))
                .map(limit -> ConfigValues.dashed(variable.substring(0, variable.length() - limit.length() - 1)) + "."
                        + limit)
                .findFirst()
                .orElse(ConfigValues.dashed(variable));
    }

    /** Limits by backend. The name of a backend may contain dots: it ends before the name of the limit. */
    private static Map<String, UsageLimits> usageLimits(ConfigValues values) {
        Map<String, UsageLimits> limits = new TreeMap<>();
        values.below(USAGE_LIMITS, StreamsSettings::limitName, name -> false).forEach((name, text) -> {
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
                            throw ConfigValues.unknown(USAGE_LIMITS + "." + backend, name.substring(end + 1), LIMITS);
                    });
        });
        return limits;
    }
}

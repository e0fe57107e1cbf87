package io.waltally.app.local;

import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.LoadedConfiguration;
import io.waltally.app.config.reading.EffectiveSetting;
import io.waltally.schemas.Source;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configuration of a command that starts its own servers: file and environment, without settings of external
 * servers.
 */
public final class OwnServers {
    private static final Logger LOG = LoggerFactory.getLogger(OwnServers.class);

    /** State is kept and removed together with the data of the servers. */
    private static final String STATE_DIRECTORY = "streams.state-directory";

    private final CommonOptions common;
    private final Set<String> leftOut;

    private OwnServers(CommonOptions common, Set<String> leftOut) {
        this.common = common;
        this.leftOut = leftOut;
    }

    /** For {@code dev}: no addresses and credentials, and nothing that sends to others unless {@code -c} asks for it. */
    static OwnServers forDevelopment(CommonOptions common) {
        Set<String> leftOut = new TreeSet<>(Set.of("kafka", "registry", STATE_DIRECTORY));
        for (Source source : Source.values()) {
            for (String setting : Set.of("url", "user", "password", "password-file", "admin", "sink")) {
                leftOut.add("sources." + source.id() + "." + setting);
            }
        }
        if (!common.namesConfiguration()) {
            leftOut.addAll(Set.of("webhooks", "sinks"));
        }
        return new OwnServers(common, leftOut);
    }

    /** For {@code infra}: only addresses. */
    static OwnServers forAddresses(CommonOptions common) {
        Set<String> leftOut = new TreeSet<>(
                Set.of("capture", "http", "kafka.sasl", "kafka.ssl", "sinks", "streams", "topics", "webhooks"));
        for (Source source : Source.values()) {
            for (String setting : Set.of("user", "password", "password-file", "admin", "sink", "tables")) {
                leftOut.add("sources." + source.id() + "." + setting);
            }
        }
        return new OwnServers(common, leftOut);
    }

    /** For {@code demo} and benchmarks, which know what the tallies must be: only how the pipeline works. */
    public static OwnServers forPipeline(CommonOptions common) {
        return new OwnServers(
                common,
                Set.of(
                        "sources",
                        "kafka",
                        "registry",
                        "http",
                        "webhooks",
                        "sinks",
                        "streams.capacity-damping",
                        "streams.capacity-threshold",
                        "streams.notify-collections",
                        "streams.object-copies",
                        "streams.object-copies-grace",
                        "streams.payload-length",
                        STATE_DIRECTORY,
                        "streams.usage-limits",
                        "streams.user-quota-bytes"));
    }

    /** Reads what applies, before servers start, and logs what does not. */
    public Configuration check() {
        return check(Map.of());
    }

    /** As {@link #check()}, with flags, which are values by dotted key. */
    Configuration check(Map<String, String> flags) {
        LoadedConfiguration loaded = common.loaded(flags, leftOut);
        if (!loaded.leftOut().isEmpty()) {
            LOG.info(
                    "ignored settings, because this command starts its own servers: {}",
                    String.join(", ", loaded.leftOut()));
        }
        return loaded.configuration();
    }

    /** @param values of the servers and of the command, by dotted key */
    public Configuration with(Map<String, String> values) {
        return with(values, Map.of());
    }

    /**
     * @param values of the servers and of the command, by dotted key
     * @param defaults of the command, for keys that neither file nor environment has
     */
    public Configuration with(Map<String, String> values, Map<String, String> defaults) {
        Map<String, String> all = new HashMap<>(defaults);
        common.loaded(Map.of(), leftOut).settings().stream()
                .filter(EffectiveSetting::given)
                .forEach(setting -> all.remove(setting.key()));
        all.putAll(values);
        return common.loaded(all, leftOut).configuration();
    }
}

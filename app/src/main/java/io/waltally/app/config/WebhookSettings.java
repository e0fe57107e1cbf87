package io.waltally.app.config;

import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.reading.ConfigValues;
import io.waltally.app.config.reading.Keys;
import io.waltally.app.config.reading.Masking;
import io.waltally.app.config.reading.SecretFile;
import io.waltally.app.config.value.ByteSize;
import io.waltally.app.config.value.Secret;
import io.waltally.schemas.event.EventFilter;
import io.waltally.webhooks.control.SealingKey;
import io.waltally.webhooks.control.SealingKeys;
import io.waltally.webhooks.schedule.Batching;
import io.waltally.webhooks.schedule.RequestLimits;
import io.waltally.webhooks.schedule.Retries;
import io.waltally.webhooks.send.EgressPolicy;
import io.waltally.webhooks.send.Endpoint;
import io.waltally.webhooks.send.InitialPosition;
import io.waltally.webhooks.sign.ApplicationSignature;
import io.waltally.webhooks.sign.SigningSecret;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Settings of webhook delivery, section {@code webhooks}.
 *
 * @param sealingKeys for the settings of endpoints that are added at run time
 */
public record WebhookSettings(List<Endpoint> endpoints, SealingKeys sealingKeys) {
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

    /** About eight hours of attempts. */
    public static final Retries DEFAULT_RETRIES =
            new Retries(20, Duration.ofSeconds(1), Duration.ofHours(1), Duration.ofDays(5));

    public static final int DEFAULT_CONCURRENCY = 8;

    private static final String SECTION = "webhooks";
    private static final String KEY = SECTION + ".endpoints";
    private static final String SEALING_KEYS = SECTION + ".sealing-keys";
    private static final String HEADER_FILES = "header-files";
    private static final Pattern SERVER = Pattern.compile("(https?://)(?:[^/?#]*@)?([^/?#@]+)");
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

    public WebhookSettings {
        endpoints = List.copyOf(endpoints);
    }

    static WebhookSettings from(ConfigValues values) {
        values.section(SECTION);
        List<Endpoint> endpoints = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (String entry : values.entries(KEY, "url and secrets of each endpoint")) {
            values.section(entry, given -> endpoint(given, entry)).ifPresent(endpoint -> {
                if (values.isValid(entry) && !names.add(endpoint.name())) {
                    values.report(new ConfigException(
                            entry + ".name",
                            endpoint.name(),
                            "another endpoint has that name, which is its URL's host unless it is given; each"
                                    + " needs its own"));
                }
                endpoints.add(endpoint);
            });
        }
        return new WebhookSettings(endpoints, sealingKeys(values));
    }

    private static SealingKeys sealingKeys(ConfigValues values) {
        List<Secret> given = values.secrets(SEALING_KEYS);
        List<SealingKey> keys = new ArrayList<>();
        for (int i = 0; i < given.size(); i++) {
            try {
                keys.add(SealingKey.parse(given.get(i).reveal()));
            } catch (IllegalArgumentException e) {
                values.report(new ConfigException(Keys.item(SEALING_KEYS, i), given.get(i), e.getMessage()));
            }
        }
        return new SealingKeys(SEALING_KEYS, keys);
    }

    /**
     * Reads an endpoint that was added at run time. Secrets in files are refused: what is added anywhere would read
     * files of every instance.
     *
     * @param settings by key, as below an entry of {@code webhooks.endpoints}; lists have commas
     * @throws ConfigException with all errors, whose keys are in a section with the endpoint's name
     */
    public static Endpoint added(String name, Map<String, String> settings) {
        requireName("name", name);
        Map<String, String> given = new HashMap<>();
        settings.forEach((key, value) -> {
            String full = name + "." + key;
            if (key.equals("name") || key.endsWith(SecretFile.SUFFIX) || Keys.within(HEADER_FILES, key)) {
                throw ConfigException.stated(
                        full, full + " is not for an endpoint that is added at run time: give the value itself");
            }
            given.put(full, value);
        });
        given.put(name + ".name", name);
        ConfigValues values = new ConfigValues(given);
        Optional<Endpoint> endpoint = values.section(name, read -> endpoint(read, name));
        values.requireValid(Optional.empty());
        return endpoint.orElseThrow();
    }

    private static void requireName(String key, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new ConfigException(key, name, "must match " + NAME);
        }
    }

    private static Endpoint endpoint(ConfigValues values, String key) {
        URI url = url(values, key + ".url");
        String name = values.text(
                key + ".name",
                String.valueOf(url.getHost()).toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9._-]+", ""));
        requireName(key + ".name", name);
        List<SigningSecret> secrets = secrets(values, key + ".secrets");
        EventFilter filter = keyed(
                key + ".events",
                () -> new EventFilter(
                        values.list(key + ".events", List.of("*")),
                        values.text(key + ".subject-prefix").orElse("")));
        return below(
                key,
                () -> new Endpoint(
                        name,
                        url,
                        filter,
                        secrets,
                        values.secret(key + ".application-secret")
                                .filter(secret -> !secret.reveal().isEmpty())
                                .map(secret -> new ApplicationSignature(secret.reveal())),
                        values.duration(key + ".timeout", DEFAULT_TIMEOUT),
                        new Retries(
                                values.integer(key + ".max-attempts", DEFAULT_RETRIES.maxAttempts()),
                                values.duration(key + ".retry-delay", DEFAULT_RETRIES.first()),
                                values.duration(key + ".max-retry-delay", DEFAULT_RETRIES.longest()),
                                values.duration(key + ".disable-after", DEFAULT_RETRIES.disableAfter())),
                        new RequestLimits(
                                values.integer(key + ".concurrency", DEFAULT_CONCURRENCY),
                                values.parsed(key + ".rate-limit", WebhookSettings::rate)
                                        .map(OptionalDouble::of)
                                        .orElseGet(OptionalDouble::empty),
                                batching(values, key)),
                        headers(values, key),
                        new EgressPolicy(
                                values.flag(key + ".allow-http", false), values.flag(key + ".allow-private", false)),
                        values.parsed(
                                key + ".begin",
                                InitialPosition::parse,
                                InitialPosition.EARLIEST,
                                InitialPosition::text)));
    }

    private static Batching batching(ConfigValues values, String key) {
        Batching batching = new Batching(
                values.integer(key + ".batch-size", Batching.OFF.size()),
                values.size(key + ".batch-bytes", new ByteSize(Batching.OFF.bytes()))
                        .bytes(),
                values.duration(key + ".batch-linger", Batching.OFF.linger()));
        if (!batching.equals(Batching.OFF) && !values.given(key + ".batch-size")) {
            String without = key + (batching.bytes() == Batching.OFF.bytes() ? ".batch-linger" : ".batch-bytes");
            throw ConfigException.stated(
                    without, without + " has no effect without batch-size: set " + key + ".batch-size, or remove it");
        }
        return batching;
    }

    private static double rate(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("must be a number of requests per second, such as 10 or 0.5", e);
        }
    }

    /** May contain a secret, so no error message contains it. */
    private static URI url(ConfigValues values, String key) {
        String text = values.required(
                key,
                "https://hooks.example.com/",
                key + " is missing: an endpoint needs one, such as https://hooks.example.com/waltally");
        values.shown(key, WebhookSettings::withoutPath);
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw ConfigException.stated(key, key + " must be a URL: " + e.getReason());
        }
    }

    /** Scheme and host of a URL whose path may contain a secret. */
    static String withoutPath(String url) {
        Matcher server = SERVER.matcher(url);
        return server.lookingAt() ? server.group(1) + server.group(2) + "/" + Masking.MASK : Masking.MASK;
    }

    private static List<SigningSecret> secrets(ConfigValues values, String key) {
        List<Secret> given = values.secrets(key);
        List<SigningSecret> secrets = new ArrayList<>();
        for (int i = 0; i < given.size(); i++) {
            try {
                secrets.add(SigningSecret.parse(given.get(i).reveal()));
            } catch (IllegalArgumentException e) {
                values.report(new ConfigException(Keys.item(key, i), given.get(i), e.getMessage()));
            }
        }
        if (secrets.isEmpty()) {
            values.report(ConfigException.stated(key, key + " is empty: must hold one secret at least"));
            secrets.add(SigningSecret.generate());
        }
        return secrets;
    }

    /** Values of headers, and those in files. */
    private static Map<String, String> headers(ConfigValues values, String endpoint) {
        String key = endpoint + ".headers";
        if (!values.textOfSection(key).isEmpty()) {
            throw ConfigException.stated(key, key + " must be a section of names and values, such as {X-Tenant: a}");
        }
        Map<String, String> headers = values.below(key, ConfigValues::dashed, name -> true);
        String files = endpoint + "." + HEADER_FILES;
        values.below(files, ConfigValues::dashed, name -> false).forEach((name, file) -> {
            String header = files + "." + name;
            Optional<String> content = values.content(header, file);
            if (headers.containsKey(name)) {
                values.reject(ConfigException.stated(
                        header, header + " and " + key + "." + name + " are both given: remove one of them"));
            }
            content.ifPresent(text -> headers.putIfAbsent(name, text));
        });
        return headers;
    }

    private static <T> T keyed(String key, Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException e) {
            throw ConfigException.stated(key, key + " " + e.getMessage());
        }
    }

    /** Prefixes messages that begin with the rest of a key. */
    private static <T> T below(String key, Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException e) {
            throw ConfigException.in(key, e);
        }
    }
}

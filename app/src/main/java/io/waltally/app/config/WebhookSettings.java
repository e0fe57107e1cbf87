package io.waltally.app.config;

import io.waltally.schemas.event.EventFilter;
import io.waltally.webhooks.schedule.Retries;
import io.waltally.webhooks.send.EgressPolicy;
import io.waltally.webhooks.send.Endpoint;
import io.waltally.webhooks.sign.ApplicationSignature;
import io.waltally.webhooks.sign.SigningSecret;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Settings of webhook delivery, section {@code webhooks}. */
public record WebhookSettings(List<Endpoint> endpoints) {
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

    /** About eight hours of attempts. */
    public static final Retries DEFAULT_RETRIES = new Retries(20, Duration.ofSeconds(1), Duration.ofHours(1));

    public static final int DEFAULT_CONCURRENCY = 8;

    private static final String SECTION = "webhooks";
    private static final String KEY = SECTION + ".endpoints";
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

    public WebhookSettings {
        endpoints = List.copyOf(endpoints);
    }

    static WebhookSettings from(ConfigValues values) {
        values.section(SECTION);
        values.section(KEY);
        boolean isList = values.given(KEY + "[0]");
        boolean isEmpty = values.text(KEY).filter(String::isEmpty).isPresent();
        if (values.given(KEY) && !isList && !isEmpty) {
            // The text may contain a secret.
            throw ConfigException.stated(KEY, KEY + " must be a list, with url and secrets of each endpoint");
        }
        List<Endpoint> endpoints = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; values.given(KEY + "[" + i + "]"); i++) {
            Endpoint endpoint = endpoint(values, KEY + "[" + i + "]");
            if (!names.add(endpoint.name())) {
                throw new ConfigException(
                        KEY + "[" + i + "].name",
                        endpoint.name(),
                        "another endpoint has that name, which is its URL's host unless it is given; each needs its own");
            }
            endpoints.add(endpoint);
        }
        return new WebhookSettings(endpoints);
    }

    private static Endpoint endpoint(ConfigValues values, String key) {
        URI url = url(values, key + ".url");
        String name = values.text(
                key + ".name",
                String.valueOf(url.getHost()).toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9._-]+", ""));
        if (!NAME.matcher(name).matches()) {
            throw new ConfigException(key + ".name", name, "must match " + NAME);
        }
        List<SigningSecret> secrets = secrets(values, key + ".secrets");
        EventFilter filter = keyed(
                key + ".events",
                () -> new EventFilter(
                        values.list(key + ".events", List.of("*")), values.text(key + ".subject-prefix", "")));
        return below(
                key,
                () -> new Endpoint(
                        name,
                        url,
                        filter,
                        secrets,
                        Optional.of(values.secret(key + ".application-secret", new Secret("")))
                                .filter(secret -> !secret.reveal().isEmpty())
                                .map(secret -> new ApplicationSignature(secret.reveal())),
                        values.duration(key + ".timeout", DEFAULT_TIMEOUT),
                        new Retries(
                                values.integer(key + ".max-attempts", DEFAULT_RETRIES.maxAttempts()),
                                values.duration(key + ".retry-delay", DEFAULT_RETRIES.first()),
                                values.duration(key + ".max-retry-delay", DEFAULT_RETRIES.longest())),
                        values.integer(key + ".concurrency", DEFAULT_CONCURRENCY),
                        headers(values, key + ".headers"),
                        new EgressPolicy(
                                values.flag(key + ".allow-http", false), values.flag(key + ".allow-private", false)),
                        values.parsed(key + ".begin", WebhookSettings::beginning)
                                .orElse(Endpoint.Beginning.EARLIEST)));
    }

    /** A header, whose value may be a secret, so no error message contains it. */
    private static URI url(ConfigValues values, String key) {
        String text = values.text(key)
                .filter(given -> !given.isBlank())
                .orElseThrow(() -> ConfigException.stated(
                        key, key + " is missing: an endpoint needs one, such as https://hooks.example.com/waltally"));
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw ConfigException.stated(key, key + " must be a URL: " + e.getReason());
        }
    }

    private static List<SigningSecret> secrets(ConfigValues values, String key) {
        List<String> texts = values.list(key, List.of());
        List<SigningSecret> secrets = new ArrayList<>();
        for (String text : texts) {
            try {
                secrets.add(SigningSecret.parse(text));
            } catch (IllegalArgumentException e) {
                throw new ConfigException(key + "[" + secrets.size() + "]", new Secret(text), e.getMessage());
            }
        }
        return secrets;
    }

    private static Map<String, String> headers(ConfigValues values, String key) {
        if (!values.text(key, "").isEmpty()) {
            throw ConfigException.stated(key, key + " must be a section of names and values, such as {X-Tenant: a}");
        }
        return values.below(key);
    }

    private static Endpoint.Beginning beginning(String text) {
        return switch (text) {
            case "earliest" -> Endpoint.Beginning.EARLIEST;
            case "latest" -> Endpoint.Beginning.LATEST;
            default -> throw new IllegalArgumentException("must be one of earliest, latest");
        };
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
            throw ConfigException.stated(key, key + "." + e.getMessage());
        }
    }
}

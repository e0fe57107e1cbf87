package io.waltally.app.config;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClientConfig;
import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.reading.ConfigValues;
import io.waltally.app.config.reading.Masking;
import io.waltally.app.config.value.HostAndPort;
import io.waltally.app.config.value.Secret;
import io.waltally.schemas.serde.RegistryAccess;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Settings of the schema registry, section {@code registry}.
 *
 * @param url with its full Confluent base path, without credentials
 * @param account for HTTP basic authentication
 * @param token for bearer authentication
 * @param ssl Kafka's properties of TLS clients, without the prefix {@code ssl.}
 */
public record RegistrySettings(URI url, Optional<Account> account, Optional<Secret> token, Map<String, Secret> ssl) {
    private static final String URL = "registry.url";
    private static final String USER = "registry.user";
    private static final String PASSWORD = "registry.password";
    private static final String TOKEN = "registry.token";
    private static final String SSL = "registry.ssl";

    /** Kafka's names. */
    static final Set<String> SSL_NAMES = Set.of(
            "endpoint.identification.algorithm",
            "key.password",
            "keystore.certificate.chain",
            "keystore.key",
            "keystore.location",
            "keystore.password",
            "keystore.type",
            "truststore.certificates",
            "truststore.location",
            "truststore.password",
            "truststore.type");

    private static final Set<String> SSL_SECRETS =
            Set.of("key.password", "keystore.key", "keystore.password", "truststore.password");

    private static final Pattern CREDENTIALS = Pattern.compile("^[^/]*//[^/]*@");
    private static final Pattern HEADER_TEXT = Pattern.compile("[!-~]+");

    public RegistrySettings {
        requireUrl(url);
        account.ifPresent(given -> {
            if (given.user().contains(":")) {
                throw new ConfigException(
                        USER, given.user(), "must not contain a colon, which HTTP's basic authentication cannot send");
            }
        });
        if (account.isPresent() && token.isPresent()) {
            throw ConfigException.stated(
                    TOKEN, TOKEN + " and " + USER + " exclude each other: give the one that the registry asks for");
        }
        token.ifPresent(given -> {
            if (!HEADER_TEXT.matcher(given.reveal()).matches()) {
                throw ConfigException.stated(
                        TOKEN,
                        TOKEN + " has characters that no bearer token has, such as a space or the end of a line");
            }
        });
        ssl = Map.copyOf(ssl);
        if (!ssl.isEmpty() && !"https".equals(url.getScheme())) {
            throw ConfigException.stated(
                    SSL, SSL + "." + new TreeMap<>(ssl).firstKey() + " has no effect: " + URL + " is not https");
        }
    }

    /** Without credentials. */
    public RegistrySettings(URI url) {
        this(url, Optional.empty(), Optional.empty(), Map.of());
    }

    private static void requireUrl(URI url) {
        if (url.getHost() == null
                && url.getRawAuthority() != null
                && url.getRawAuthority().contains("_")) {
            throw new ConfigException(URL, Masking.withoutCredentials(url.toString()), HostAndPort.UNDERSCORE);
        }
        if (url.getHost() == null
                || url.getRawQuery() != null
                || !("http".equals(url.getScheme()) || "https".equals(url.getScheme()))) {
            throw new ConfigException(
                    URL, url.toString(), "must be an http or https URL such as http://127.0.0.1:18081/apis/ccompat/v7");
        }
    }

    static RegistrySettings from(ConfigValues values) {
        URI url = values.text(URL)
                .map(RegistrySettings::parse)
                .orElseGet(() -> URI.create("http://127.0.0.1:18081/apis/ccompat/v7"));
        Optional<String> user = values.text(USER).filter(name -> !name.isEmpty());
        Secret password = values.secret(PASSWORD, new Secret(""));
        if (user.isEmpty() && !password.reveal().isEmpty()) {
            throw ConfigException.stated(USER, USER + " must be given, as " + PASSWORD + " is");
        }
        Secret token = values.secret(TOKEN, new Secret(""));
        RegistrySettings settings = new RegistrySettings(
                url,
                user.map(name -> new Account(name, password)),
                Optional.of(token).filter(given -> !given.reveal().isEmpty()),
                ssl(values));
        settings.requireReadableStores();
        return settings;
    }

    /** Parses a URL. Errors do not repeat one that has credentials. */
    private static URI parse(String text) {
        if (CREDENTIALS.matcher(text).find()) {
            throw ConfigException.stated(
                    URL,
                    URL + " must not hold a user or password: they have keys of their own, " + USER + " and "
                            + PASSWORD);
        }
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw new ConfigException(URL, text, "must be a URL: " + e.getReason());
        }
    }

    private static Map<String, Secret> ssl(ConfigValues values) {
        Map<String, Secret> given = new HashMap<>();
        for (String name : SSL_NAMES) {
            String key = SSL + "." + name;
            Secret value =
                    SSL_SECRETS.contains(name) ? values.secret(key, new Secret("")) : new Secret(values.text(key, ""));
            if (!value.reveal().isEmpty()) {
                given.put(name, value);
            }
        }
        return given;
    }

    private void requireReadableStores() {
        if (ssl.isEmpty()) {
            return;
        }
        try {
            access().requireReadableStores();
        } catch (IllegalArgumentException e) {
            throw ConfigException.stated(SSL, SSL + ".* cannot be used: " + e.getMessage());
        }
    }

    /** The registry for Confluent's clients. */
    public RegistryAccess access() {
        Map<String, String> properties = new HashMap<>();
        account.ifPresent(login -> {
            properties.put(SchemaRegistryClientConfig.BASIC_AUTH_CREDENTIALS_SOURCE, "USER_INFO");
            properties.put(
                    SchemaRegistryClientConfig.USER_INFO_CONFIG,
                    login.user() + ":" + login.password().reveal());
        });
        token.ifPresent(given -> {
            properties.put(SchemaRegistryClientConfig.BEARER_AUTH_CREDENTIALS_SOURCE, "STATIC_TOKEN");
            properties.put(SchemaRegistryClientConfig.BEARER_AUTH_TOKEN_CONFIG, given.reveal());
        });
        ssl.forEach((name, value) ->
                properties.put(SchemaRegistryClientConfig.CLIENT_NAMESPACE + "ssl." + name, value.reveal()));
        return new RegistryAccess(url.toString(), properties);
    }
}

package io.waltally.app.config;

import java.net.URI;

/**
 * Settings of the schema registry, section {@code registry}.
 *
 * @param url with its full Confluent base path
 */
public record RegistrySettings(URI url) {
    public RegistrySettings {
        if (url.getHost() == null || !("http".equals(url.getScheme()) || "https".equals(url.getScheme()))) {
            throw new ConfigException(
                    "registry.url",
                    url.toString(),
                    "must be an http or https URL such as http://127.0.0.1:18081/apis/ccompat/v7");
        }
    }

    static RegistrySettings from(ConfigValues values) {
        return new RegistrySettings(values.uri("registry.url", URI.create("http://127.0.0.1:18081/apis/ccompat/v7")));
    }
}

package io.waltally.app.config.reading;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** The settings that were read, with their defaults, so that they can be shown. */
final class ReadSettings {
    private record Setting(Optional<String> otherwise, UnaryOperator<String> shown) {}

    private final NavigableMap<String, Setting> settings = new TreeMap<>();

    /** Secrets that were read from a file, with the origin of its name. */
    private final Map<String, Origin> secretFiles = new HashMap<>();

    /** @param otherwise the default, which a later call without one leaves as it is */
    void add(String key, Optional<String> otherwise) {
        Setting before = settings.getOrDefault(key, new Setting(Optional.empty(), Masking::withoutCredentials));
        settings.put(key, new Setting(before.otherwise().or(() -> otherwise), before.shown()));
    }

    /** Masks a value by more than its credentials. */
    void mask(String key, UnaryOperator<String> shown) {
        add(key, Optional.empty());
        settings.put(key, new Setting(settings.get(key).otherwise(), shown));
    }

    void addSecret(String key) {
        mask(key, text -> Masking.MASK);
    }

    boolean has(String key) {
        return settings.containsKey(key);
    }

    void inFile(String secret, Origin nameOfFile) {
        secretFiles.put(secret, nameOfFile);
    }

    List<EffectiveSetting> effective(RawValues values) {
        List<EffectiveSetting> effective = new ArrayList<>();
        settings.forEach((key, setting) -> {
            Optional<RawList> given = Optional.ofNullable(secretFiles.get(key))
                    .map(origin -> new RawList(List.of(), "", origin))
                    .or(() -> values.list(key));
            if (given.isEmpty() && key.endsWith(SecretFile.SUFFIX)) {
                return;
            }
            Origin origin = given.map(RawList::origin).orElse(Origin.DEFAULT);
            effective.add(new EffectiveSetting(
                    key,
                    given.map(RawList::text).map(setting.shown()).or(setting::otherwise),
                    origin.layer().id(),
                    Optional.of(origin.location()).filter(location -> !location.isEmpty())));
        });
        return effective;
    }
}

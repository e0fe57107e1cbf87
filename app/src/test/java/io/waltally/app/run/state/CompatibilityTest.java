package io.waltally.app.run.state;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.waltally.app.config.Configuration;
import io.waltally.compatibility.ByteForms;
import io.waltally.compatibility.NamedForms;
import io.waltally.compatibility.RecordedForms;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Checks that an instance reads the local and recorded state that earlier versions left. */
class CompatibilityTest {
    @Test
    void everyFileOfAStateDirectoryIsRead() {
        ByteForms forms =
                new ByteForms("A state directory whose files cannot be read is set aside and built anew, which"
                        + " takes as long as the changelogs are: read the former files too.");
        add(
                forms,
                "identity of a state directory",
                StateIdentity.class,
                new StateIdentity(
                        "cluster", "waltally", "code-points", Map.of("agg.user-storage", "id"), Set.of("objects")));
        add(
                forms,
                "seal of a state directory",
                LocalState.StopMark.class,
                new LocalState.StopMark("directory", "seal", false),
                new LocalState.StopMark("directory", null, true));
        RecordedForms.of("state-directory").verify(forms);
    }

    @SafeVarargs
    private static <T> void add(ByteForms forms, String name, Class<T> type, T... samples) {
        forms.form(name, CompatibilityTest::write, bytes -> read(bytes, type));
        for (T sample : samples) {
            forms.sample(name, write(sample));
        }
    }

    private static byte[] write(@Nullable Object value) {
        try {
            return LocalState.JSON.writeValueAsBytes(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static <T> T read(byte[] bytes, Class<T> type) {
        try {
            return LocalState.JSON.readValue(bytes, type);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void defaultNamesOfSlotsPublicationsAndGroupsAreUnchanged() {
        Configuration defaults = Configuration.from(Map.of());
        SortedMap<String, JsonNode> names = new TreeMap<>();
        defaults.sources().forEach((source, settings) -> {
            names.put("slot of " + source, TextNode.valueOf(settings.slot()));
            names.put("publication of " + source, TextNode.valueOf(settings.publication()));
        });
        names.put("consumer group of a webhook", TextNode.valueOf(defaults.webhookGroup("crm")));
        names.put("consumer group of a sink", TextNode.valueOf(defaults.sinkGroupPrefix() + "lake"));
        RecordedForms.of("names")
                .verify(new NamedForms(
                        names,
                        "Whoever upgrades has a slot, a publication and committed offsets of that name: with"
                                + " another one capture begins anew, and events are delivered again."));
    }
}

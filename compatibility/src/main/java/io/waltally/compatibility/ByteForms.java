package io.waltally.compatibility;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Forms of values as bytes. Of each form samples of different shapes are recorded, as bytes and as JSON of the value
 * that they are read as. A value that is read today may have components that it had not when it was recorded.
 */
public final class ByteForms implements Forms {
    private static final int MAX_SAMPLES = 12;
    private static final String BYTES = "bytes";
    private static final String TEXT = "text";
    private static final String VALUE = "value";

    private static final Pattern PRINTABLE = Pattern.compile("[ -~\n]+");

    private final Map<String, Codec<?>> codecs = new TreeMap<>();
    private final Map<String, Map<String, ObjectNode>> samples = new TreeMap<>();
    private final Set<String> alternatives = new HashSet<>();
    private final Set<String> seen = new HashSet<>();
    private final Set<String> sampled = new HashSet<>();
    private final String remedy;

    public ByteForms(String remedy) {
        this.remedy = remedy;
    }

    private record Codec<T>(Function<T, byte[]> write, Function<byte[], T> read, boolean repeatable) {
        byte[] readAndWrite(byte[] bytes) {
            return write.apply(read.apply(bytes));
        }
    }

    /** Adds a form; a form of that name keeps its samples. */
    public <T> ByteForms form(String name, Function<T, byte[]> write, Function<byte[], T> read) {
        return form(name, new Codec<>(write, read, true));
    }

    /** Adds a form whose bytes differ each time that the same value is written, such as an encrypted one. */
    public <T> ByteForms encryptedForm(String name, Function<T, byte[]> write, Function<byte[], T> read) {
        return form(name, new Codec<>(write, read, false));
    }

    private ByteForms form(String name, Codec<?> codec) {
        codecs.put(name, codec);
        samples.putIfAbsent(name, new LinkedHashMap<>());
        return this;
    }

    /** Adds what a form was written as, unless there is a sample of the same shape. */
    public void sample(String name, byte[] bytes) {
        Map<String, ObjectNode> known = samples.get(name);
        Object read = codecs.get(name).read().apply(bytes);
        boolean otherAlternative = ValueJson.alternative(read)
                .filter(alternative -> sampled.add(name + " as " + alternative))
                .isPresent();
        if (known.size() < MAX_SAMPLES || otherAlternative) {
            JsonNode value = ValueJson.of(read);
            alternatives.addAll(ValueJson.alternatives(read));
            ValueJson.alternative(read).ifPresent(seen::add);
            known.computeIfAbsent(ValueJson.shape(value), shape -> sample(bytes, value));
        }
    }

    private static ObjectNode sample(byte[] bytes, JsonNode value) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        ObjectNode sample = JsonNodeFactory.instance.objectNode();
        if (PRINTABLE.matcher(text).matches()) {
            sample.put(TEXT, text);
        } else {
            sample.put(BYTES, HexFormat.of().formatHex(bytes));
        }
        return sample.set(VALUE, value);
    }

    /** Names of the forms, and of the alternatives of sealed interfaces, that have no sample. */
    public SortedSet<String> withoutSamples() {
        SortedSet<String> names = new TreeSet<>(samples.keySet());
        names.removeIf(name -> !samples.get(name).isEmpty());
        names.addAll(alternatives);
        names.removeAll(seen);
        return names;
    }

    private JsonNode value(String name, byte[] bytes) {
        return ValueJson.of(codecs.get(name).read().apply(bytes));
    }

    @Override
    public SortedMap<String, JsonNode> written() {
        SortedMap<String, JsonNode> written = new TreeMap<>();
        samples.forEach((name, forms) -> {
            ArrayNode all = JsonNodeFactory.instance.arrayNode();
            forms.values().forEach(all::add);
            written.put(name, all);
        });
        return written;
    }

    @Override
    public Optional<String> unreadable(String name, JsonNode recorded) {
        for (JsonNode sample : recorded) {
            try {
                Optional<String> difference =
                        JsonDifference.ignoringAdditions(sample.get(VALUE), value(name, bytes(sample)));
                if (difference.isPresent()) {
                    return difference.map(text -> shown(sample) + " is read as another value: " + text);
                }
            } catch (RuntimeException e) {
                return Optional.of(shown(sample) + " is not readable: " + e);
            }
        }
        return Optional.empty();
    }

    /** Samples depend on tests, and sets have no order: what counts is that the same value has the same bytes. */
    @Override
    public Optional<String> changed(String name, JsonNode recorded) {
        for (JsonNode sample : recorded) {
            byte[] before = bytes(sample);
            Codec<?> codec = codecs.get(name);
            byte[] today = codec.readAndWrite(before);
            boolean same =
                    codec.repeatable() ? Arrays.equals(sorted(before), sorted(today)) : before.length == today.length;
            if (!same) {
                return Optional.of(shown(sample) + " is written as " + shown(sample(today, sample.get(VALUE))));
            }
        }
        return Optional.empty();
    }

    private static String shown(JsonNode sample) {
        return sample.has(TEXT) ? sample.get(TEXT).asText() : sample.get(BYTES).asText();
    }

    private static byte[] bytes(JsonNode sample) {
        return sample.has(TEXT)
                ? sample.get(TEXT).asText().getBytes(StandardCharsets.ISO_8859_1)
                : HexFormat.of().parseHex(sample.get(BYTES).asText());
    }

    private static byte[] sorted(byte[] bytes) {
        byte[] sorted = bytes.clone();
        Arrays.sort(sorted);
        return sorted;
    }

    @Override
    public String remedy() {
        return remedy;
    }
}

package io.waltally.app.config.reading;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * Reads a YAML file as values by dotted key. Scalars keep their text ({@code 0123} and {@code on} too), because their
 * type depends on the key. An empty section is an empty text.
 */
public final class YamlFile {
    private static final YAMLFactory YAML = YAMLFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Path file;
    private final YAMLParser parser;
    private final Problems problems;
    private final Map<String, RawValue> values = new LinkedHashMap<>();

    private YamlFile(Path file, YAMLParser parser, Problems problems) {
        this.file = file;
        this.parser = parser;
        this.problems = problems;
    }

    /**
     * Reads a file.
     *
     * @param problems receives keys that are given twice
     * @throws ConfigException if the file cannot be read, is not YAML, or is not a mapping
     */
    public static Map<String, RawValue> read(Path file, Problems problems) {
        try (YAMLParser parser = YAML.createParser(Files.readString(file))) {
            YamlFile yaml = new YamlFile(file, parser, problems);
            JsonToken first = parser.nextToken();
            if (first == JsonToken.START_OBJECT) {
                yaml.mapping("");
            } else if (first != null && first != JsonToken.VALUE_NULL) {
                throw ConfigException.stated("", file + ": must hold sections such as \"kafka:\", not one value");
            }
            if (parser.nextToken() != null) {
                throw ConfigException.stated("", file + ": must hold one YAML document, not several");
            }
            return yaml.values;
        } catch (JsonProcessingException e) {
            throw ConfigException.stated(
                    "", file + ":" + e.getLocation().getLineNr() + ": not valid YAML: " + problem(e));
        } catch (NoSuchFileException e) {
            throw ConfigException.stated("", file + ": there is no such file");
        } catch (CharacterCodingException e) {
            throw ConfigException.stated("", file + ": is not UTF-8");
        } catch (IOException e) {
            throw ConfigException.stated("", file + ": cannot be read: " + e.getMessage());
        }
    }

    /** The part of the parser's message that names the problem, without the surrounding text of the file. */
    private static String problem(JsonProcessingException error) {
        return error.getCause() instanceof MarkedYAMLException marked && marked.getProblem() != null
                ? marked.getProblem()
                : error.getOriginalMessage().lines().findFirst().orElse("");
    }

    private void mapping(String path) throws IOException {
        boolean empty = true;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = path.isEmpty() ? parser.currentName() : path + "." + parser.currentName();
            parser.nextToken();
            value(key);
            empty = false;
        }
        if (empty && !path.isEmpty()) {
            put(path, "");
        }
    }

    private void sequence(String path) throws IOException {
        int index = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            value(path + "[" + index++ + "]");
        }
        if (index == 0) {
            put(path, "");
        }
    }

    private void value(String key) throws IOException {
        if (parser.isCurrentAlias()) {
            // Without its name, which may be a secret that is not in quotes.
            problems.add(
                    ConfigException.stated(
                            key,
                            key + " is an alias, and aliases are not followed: write the value itself, in quotes if it"
                                    + " begins with *, or ${NAME} for the environment variable NAME"),
                    Origin.file(file, parser.currentTokenLocation().getLineNr()));
            return;
        }
        switch (parser.currentToken()) {
            case START_OBJECT -> mapping(key);
            case START_ARRAY -> sequence(key);
            case VALUE_NULL -> put(key, "");
            default -> put(key, parser.getText());
        }
    }

    /** {@code a.b: 1} beside {@code a: {b: 2}} is a duplicate, just as the same key twice. */
    private void put(String key, String text) {
        Origin origin = Origin.file(file, parser.currentTokenLocation().getLineNr());
        if (values.putIfAbsent(key, new RawValue(text, origin)) != null) {
            problems.add(ConfigException.stated(key, key + " is given twice"), origin);
        }
    }
}

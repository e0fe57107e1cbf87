package io.waltally.app.config.reading;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** A secret in a file of its own, as Docker and Kubernetes mount it. */
public final class SecretFile {
    /** Follows the key of a secret. */
    public static final String SUFFIX = "-file";

    private static final Pattern TRAILING_NEWLINE = Pattern.compile("\\r?\\n\\z");

    private SecretFile() {}

    /**
     * Reads the file, without its trailing newline.
     *
     * @throws ConfigException if it cannot be read or is empty
     */
    static String read(String key, String path) {
        try {
            String text =
                    TRAILING_NEWLINE.matcher(Files.readString(Path.of(path))).replaceFirst("");
            if (text.isEmpty()) {
                throw new ConfigException(key, path, "the file is empty: it must contain the secret");
            }
            return text;
        } catch (NoSuchFileException e) {
            throw new ConfigException(key, path, "there is no such file");
        } catch (CharacterCodingException e) {
            throw new ConfigException(key, path, "the file must be UTF-8 text");
        } catch (IOException | InvalidPathException e) {
            throw new ConfigException(key, path, "the file cannot be read: " + e.getMessage());
        }
    }
}

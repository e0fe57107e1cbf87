package io.waltally.webhooks.send;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What requests to an endpoint hold that is not for everybody: path and query of its URL, and the values of its own headers.
 * Servers like to repeat it when they complain, so it must not be in what is told of their answers. It is looked for word by
 * word, for it may come back escaped.
 */
final class Confidences {
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_-]{4,}");
    private static final String MASK = "***";

    private final List<String> words;

    private Confidences(Set<String> words) {
        this.words = new ArrayList<>(words);
        // A word that holds another one goes first, or its rest would stay.
        this.words.sort(Comparator.comparingInt(String::length).reversed());
    }

    static Confidences of(Endpoint endpoint) {
        Set<String> words = new LinkedHashSet<>();
        addWords(words, endpoint.url().getRawPath());
        addWords(words, endpoint.url().getPath());
        addWords(words, endpoint.url().getRawQuery());
        addWords(words, endpoint.url().getQuery());
        endpoint.headers().values().forEach(value -> addWords(words, value));
        return new Confidences(words);
    }

    private static void addWords(Set<String> words, String text) {
        Matcher matcher = WORD.matcher(text == null ? "" : text);
        while (matcher.find()) {
            words.add(matcher.group());
        }
    }

    /** The text without them. */
    String masked(String text) {
        String masked = text;
        for (String word : words) {
            masked = masked.replace(word, MASK);
        }
        return masked;
    }

    @Override
    public String toString() {
        return MASK;
    }
}

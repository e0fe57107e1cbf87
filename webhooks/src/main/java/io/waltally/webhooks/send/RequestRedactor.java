package io.waltally.webhooks.send;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Masks the secrets of requests to an endpoint in texts: path and query of its URL, and the values of its additional
 * headers. Servers often repeat the request in error messages. Each word is masked by itself, because the text may be
 * escaped.
 */
final class RequestRedactor {
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_-]{4,}");
    private static final String MASK = "***";

    private final List<String> words;

    private RequestRedactor(Set<String> words) {
        this.words = new ArrayList<>(words);
        // Longer words first: otherwise the rest of a word that contains another one would remain.
        this.words.sort(Comparator.comparingInt(String::length).reversed());
    }

    static RequestRedactor of(Endpoint endpoint) {
        Set<String> words = new LinkedHashSet<>();
        addWords(words, endpoint.url().getRawPath());
        addWords(words, endpoint.url().getPath());
        addWords(words, endpoint.url().getRawQuery());
        addWords(words, endpoint.url().getQuery());
        endpoint.headers().values().forEach(value -> addWords(words, value));
        return new RequestRedactor(words);
    }

    private static void addWords(Set<String> words, String text) {
        Matcher matcher = WORD.matcher(text == null ? "" : text);
        while (matcher.find()) {
            words.add(matcher.group());
        }
    }

    /** The text with secrets masked. */
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

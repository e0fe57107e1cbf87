package io.waltally.workload.sync;

import java.util.SplittableRandom;

/**
 * Random payloads with the distribution of the application's load test: Pareto(3) x 300 characters, so at least 300 and
 * 450 on average. Some have characters of two to four bytes, and large ones, compressible or not, are stored out of
 * line (TOAST).
 */
final class Payloads {
    private static final int CORPUS = 1 << 18;
    private static final int SMALLEST = 300;
    private static final int MAX_ORDINARY_LENGTH = 6_000;
    private static final int LARGE_FROM = 9_000;
    private static final int LARGE_TO = 60_000;
    private static final int MAX_LENGTH = 250_000;
    private static final String BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    private static final int[] SCRIPTS = {'é', 'ß', 'Ж', 'ع', '漢', '字', '\u20AC', 0x1F600, 0x1F680, 0x10348, 'a', ' '};

    private final SplittableRandom random;
    private final String ascii;
    private final String international;

    Payloads(SplittableRandom random) {
        this.random = random;
        StringBuilder letters = new StringBuilder(CORPUS);
        for (int i = 0; i < CORPUS; i++) letters.append(BASE64.charAt(random.nextInt(BASE64.length())));
        this.ascii = letters.toString();
        StringBuilder characters = new StringBuilder(CORPUS + 1);
        while (characters.length() < CORPUS) characters.appendCodePoint(SCRIPTS[random.nextInt(SCRIPTS.length)]);
        this.international = characters.toString();
    }

    String next() {
        double pareto = SMALLEST * Math.pow(1 - random.nextDouble(), -1.0 / 3);
        int length = (int) Math.min(pareto, MAX_ORDINARY_LENGTH);
        return random.nextInt(8) == 0 ? piece(international, length) : piece(ascii, length);
    }

    /** More than 8 KB, stored out of line; one in three compresses well. */
    String nextLarge() {
        int length = random.nextInt(20) == 0 ? MAX_LENGTH : random.nextInt(LARGE_FROM, LARGE_TO);
        return switch (random.nextInt(3)) {
            case 0 -> piece(ascii, 64).repeat(length / 64);
            case 1 -> piece(international, length);
            default -> piece(ascii, length);
        };
    }

    /** A substring of about that length that does not split a surrogate pair. */
    private String piece(String corpus, int length) {
        int from = random.nextInt(corpus.length() - length);
        int to = from + length;
        if (Character.isLowSurrogate(corpus.charAt(from))) from++;
        if (Character.isHighSurrogate(corpus.charAt(to - 1))) to--;
        return corpus.substring(from, to);
    }
}

package io.waltally.app.http.page;

import io.javalin.http.Context;
import io.javalin.http.Header;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;

/** A file of the page. */
final class PageFile {
    private static final int TAG_LENGTH = 32;

    private final byte[] content;
    private final String contentType;
    private final String tag;

    private PageFile(byte[] content, String contentType) {
        this.content = content;
        this.contentType = contentType;
        this.tag = "\"" + HexFormat.of().formatHex(sha256(content)).substring(0, TAG_LENGTH) + "\"";
    }

    /** @throws IllegalStateException if the program was packaged without it */
    static PageFile of(String resource, String contentType) {
        try (InputStream in = PageFile.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("there is no resource " + resource);
            }
            return new PageFile(in.readAllBytes(), contentType);
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + resource, e);
        }
    }

    /** The hash of a script, by which a Content-Security-Policy allows it. */
    static String policyHash(byte[] script) {
        return "'sha256-" + Base64.getEncoder().encodeToString(sha256(script)) + "'";
    }

    private static byte[] sha256(byte[] content) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(content);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    String text() {
        return new String(content, StandardCharsets.UTF_8);
    }

    void respond(Context context) {
        context.header(Header.ETAG, tag);
        // Asked for each time, and sent only after a change: another version of waltally may listen here tomorrow.
        context.header(Header.CACHE_CONTROL, "no-cache");
        if (tag.equals(context.header(Header.IF_NONE_MATCH))) {
            context.status(HttpStatus.NOT_MODIFIED);
        } else {
            context.contentType(contentType).result(content);
        }
    }
}

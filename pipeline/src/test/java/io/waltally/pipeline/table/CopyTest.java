package io.waltally.pipeline.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.cdc.ObjectLocation;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CopyTest {
    private static final String SHA_256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    @Test
    void contentsAreDistinguishedByTheirHash() {
        Copy copy = copy(SHA_256);
        assertThat(copy.hasContentOf(copy(SHA_256))).isTrue();
        assertThat(copy.hasContentOf(copy(SHA_256.replace("9f86d081", "9f86d082"))))
                .isFalse();
        assertThat(copy.hasContentOf(copy(null))).isFalse();
        assertThat(copy("etag:" + SHA_256).hasContentOf(copy("etag:" + SHA_256.replace("0a08", "0a09"))))
                .isFalse();
    }

    @Test
    void whateverTheHashIsItIsReadAsItWasWritten() {
        for (String hash : new String[] {SHA_256, "", "abc", "ABCD", "etag:" + SHA_256, null}) {
            Copies copies = new Copies(List.of(copy(hash)));
            byte[] bytes = Copies.SERDE.serializer().serialize("objects", copies);
            assertThat(Copies.SERDE.deserializer().deserialize("objects", bytes))
                    .as(hash)
                    .isEqualTo(copies);
        }
    }

    @Test
    void aCopyIsKeptInFewBytes() {
        byte[] bytes = Copies.SERDE.serializer().serialize("objects", new Copies(List.of(copy(SHA_256))));
        assertThat(bytes).hasSizeLessThanOrEqualTo(2 + 10 + 3 + 1 + 18 + 8);
    }

    private static Copy copy(@Nullable String hash) {
        return Copy.of(
                new ObjectLocation("photos/cat.jpg", "backend-0", 42_000L, null, hash, "2026-11-22T02:25:37.1Z"));
    }
}

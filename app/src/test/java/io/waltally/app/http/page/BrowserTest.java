package io.waltally.app.http.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

class BrowserTest {
    private static final Optional<Path> SOME = Optional.of(Path.of("/usr/bin/chromium"));

    @Test
    void withoutABrowserTestsAreSkippedUnlessOneIsRequired() {
        assertThat(Browser.of(SOME, true)).isEqualTo(SOME.get());
        assertThat(Browser.of(SOME, false)).isEqualTo(SOME.get());
        assertThatThrownBy(() -> Browser.of(Optional.empty(), false)).isInstanceOf(TestAbortedException.class);
        assertThatThrownBy(() -> Browser.of(Optional.empty(), true))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(".ci/install-tools");
    }
}

package io.waltally.app.http.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.ConsoleMessage;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** A Chromium of this machine, and what its pages complain of. */
final class Browser implements AutoCloseable {
    private static final double TIMEOUT_MILLIS = 60_000;

    /** Set by {@code .ci/run} in CI, where no test of the page may be left out unnoticed. */
    private static final String REQUIRED = "waltally.browser.required";

    /** Where Debian's packages and others put it; {@code -Dwaltally.browser=} names another one. */
    private static final List<String> PLACES = List.of(
            "/usr/bin/chromium-headless-shell",
            "/usr/bin/chromium",
            "/usr/bin/chromium-browser",
            "/usr/bin/google-chrome",
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");

    private final Playwright playwright;
    private final com.microsoft.playwright.Browser chromium;
    private final List<String> complaints = new CopyOnWriteArrayList<>();

    Browser(Path executable) {
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        chromium = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(executable)
                        .setArgs(List.of("--no-sandbox")));
    }

    /** The browser of this machine. Without one, the tests are skipped, or fail where it is required. */
    static Path ofThisMachine() {
        return of(installed(), Boolean.getBoolean(REQUIRED));
    }

    static Path of(Optional<Path> installed, boolean required) {
        if (required) {
            assertThat(installed)
                    .as("Chromium, which .ci/install-tools installs and -D%s=true requires", REQUIRED)
                    .isPresent();
        }
        assumeTrue(installed.isPresent(), "there is no Chromium; .ci/install-tools installs one");
        return installed.orElseThrow();
    }

    private static Optional<Path> installed() {
        return Stream.concat(Stream.ofNullable(System.getProperty("waltally.browser")), PLACES.stream())
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst();
    }

    Page page(ColorScheme scheme, int width, int height) {
        Page page = chromium.newPage(new com.microsoft.playwright.Browser.NewPageOptions()
                .setColorScheme(scheme)
                .setTimezoneId("Europe/Berlin")
                .setViewportSize(width, height));
        page.setDefaultTimeout(TIMEOUT_MILLIS);
        page.onPageError(complaints::add);
        page.onConsoleMessage(message -> complain(message));
        return page;
    }

    private void complain(ConsoleMessage message) {
        // A request that fails is reported by the browser itself, and is what some tests want.
        if (message.type().equals("error") && !message.text().startsWith("Failed to load resource")) {
            complaints.add(message.text());
        }
    }

    /** What scripts and the Content-Security-Policy reported since the last call. */
    List<String> complaints() {
        List<String> all = new ArrayList<>(complaints);
        complaints.clear();
        return all;
    }

    @Override
    public void close() {
        playwright.close();
    }
}

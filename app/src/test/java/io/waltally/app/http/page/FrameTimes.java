package io.waltally.app.http.page;

import com.microsoft.playwright.Page;

/** Milliseconds between the frames that a page draws, counted in the page by whole milliseconds. */
final class FrameTimes {
    private final Page page;

    private FrameTimes(Page page) {
        this.page = page;
    }

    /** Counts from now on. A page that is loaded again counts no more. */
    static FrameTimes of(Page page) {
        page.evaluate("() => { window.frameTimes = []; let last = performance.now(); const tick = now => {"
                + " const gap = Math.round(now - last); frameTimes[gap] = (frameTimes[gap] ?? 0) + 1; last = now;"
                + " requestAnimationFrame(tick); }; requestAnimationFrame(tick); }");
        return new FrameTimes(page);
    }

    /** @param share of all frames, from 0 to 1, that came sooner or as soon; 1 gives the longest time */
    int quantile(double share) {
        return ((Number) page.evaluate(
                        "share => { const count = frameTimes.reduce((sum, n) => sum + n, 0); let seen = 0;"
                                + " return frameTimes.findIndex(n => (seen += n ?? 0) >= share * count && n > 0); }",
                        share))
                .intValue();
    }

    /** Forgets the frames so far. */
    void reset() {
        page.evaluate("() => { frameTimes.length = 0; }");
    }
}

package io.waltally.app.local.demo;

import java.time.Duration;

/**
 * How long, how fast and with which seed the demo writes.
 *
 * @param duration for which it writes
 * @param seed determines every choice
 * @param rate transactions per second over all writers; 0 is as fast as possible
 */
record DemoWorkload(Duration duration, long seed, double rate) {
    /** The command that writes the same again. */
    String command() {
        return "./waltally demo --seed " + seed + " --duration " + duration.toMillis() + "ms --rate " + rate;
    }
}

/** Notifications about thresholds. In: tallies before and after a transaction. Out: warnings, damped per subject. */
@NullMarked
package io.waltally.pipeline.notification.threshold;

import org.jspecify.annotations.NullMarked;

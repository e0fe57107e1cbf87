/** Notifications and the outbox topic. In: classified changes. Out: CloudEvents, keyed by subject. */
@NullMarked
package io.waltally.pipeline.notification;

import org.jspecify.annotations.NullMarked;

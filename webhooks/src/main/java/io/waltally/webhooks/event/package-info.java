/** Outbox events, and the filters of endpoints. */
@NullMarked
package io.waltally.webhooks.event;

import org.jspecify.annotations.NullMarked;

/** Outbox events, and their encoding as CloudEvents batches. */
@NullMarked
package io.waltally.webhooks.event;

import org.jspecify.annotations.NullMarked;

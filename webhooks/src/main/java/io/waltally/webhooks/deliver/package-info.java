/** Delivery of the outbox to endpoints. In: outbox records. Out: requests, dead letters, and measurements. */
@NullMarked
package io.waltally.webhooks.deliver;

import org.jspecify.annotations.NullMarked;

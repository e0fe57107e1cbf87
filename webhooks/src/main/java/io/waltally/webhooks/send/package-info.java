/** Requests to endpoints. In: an event. Out: the interpreted answer. Also decides which addresses may be reached. */
@NullMarked
package io.waltally.webhooks.send;

import org.jspecify.annotations.NullMarked;

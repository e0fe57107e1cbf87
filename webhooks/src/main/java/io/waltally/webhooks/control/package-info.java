/** Requests of operators to endpoints, and the sealed settings of endpoints that were added at run time. */
@NullMarked
package io.waltally.webhooks.control;

import org.jspecify.annotations.NullMarked;

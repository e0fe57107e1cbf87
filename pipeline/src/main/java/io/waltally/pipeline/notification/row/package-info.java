/** Notifications that depend on single rows. In: row changes. Out: notifications, when the transaction ends. */
@NullMarked
package io.waltally.pipeline.notification.row;

import org.jspecify.annotations.NullMarked;

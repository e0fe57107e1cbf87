/** Published tallies and notifications, compared with SQL. */
@NullMarked
package io.waltally.app.local.compare;

import org.jspecify.annotations.NullMarked;

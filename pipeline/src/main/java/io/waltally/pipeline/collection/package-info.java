/** Collections and users of syncstorage: what they hold that has not expired. */
@NullMarked
package io.waltally.pipeline.collection;

import org.jspecify.annotations.NullMarked;

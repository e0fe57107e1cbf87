/**
 * Notifications about objects, derived from whole transactions. In: row changes of all tables of s3-orchestrator. Out:
 * notifications in commit order.
 *
 * <p>All rows of an object are in one partition, so that partition can classify a transaction's changes of the object when
 * the transaction ends. The event type may also depend on rows in other partitions: uploads, intents, and the number of
 * objects that the transaction removed. Their partitions send them as
 * {@link io.waltally.pipeline.notification.object.CrossPartitionEvent}s, and pending notifications wait until every
 * partition has emitted its progress beyond the transaction. The result therefore does not depend on timing.
 */
@NullMarked
package io.waltally.pipeline.notification.object;

import org.jspecify.annotations.NullMarked;

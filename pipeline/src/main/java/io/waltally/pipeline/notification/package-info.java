/**
 * Notifications, derived from whole transactions.
 *
 * <p>The rows of one object are in one partition, side by side within a transaction, so a partition can tell at the
 * transaction's end what happened to an object. What that is called may depend on rows that lie elsewhere: uploads and
 * intents of that object, and how many objects the transaction removed. Those are told to the object's partition as
 * {@link io.waltally.pipeline.notification.Tiding}s, and a judgement waits until every partition has told that it has
 * read everything up to a watermark beyond the transaction. So the result does not depend on who is faster.
 */
package io.waltally.pipeline.notification;

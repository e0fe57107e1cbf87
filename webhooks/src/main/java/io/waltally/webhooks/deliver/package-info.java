/** The outbox's way to its endpoints: read from Kafka, sent, set aside when it is in vain, and measured. */
package io.waltally.webhooks.deliver;

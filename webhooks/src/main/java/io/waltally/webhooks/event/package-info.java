/** What the outbox holds, and which of it an endpoint wants. */
package io.waltally.webhooks.event;

/**
 * Consumers of the topics that are not part of waltally, as docs/kafka-connect.md and docs/consuming.md describe them.
 */
package io.waltally.app.consumer;

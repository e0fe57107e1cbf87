/** A receiver, for those who want to see what is sent: commands, the demo, tests. */
package io.waltally.webhooks.receive;

/** Requests to endpoints: how they are formed, where they may go, and what an answer means. */
package io.waltally.webhooks.send;

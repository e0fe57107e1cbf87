/** Signatures of requests: those of the Standard Webhooks specification, and the one that s3-orchestrator sends. */
package io.waltally.webhooks.sign;

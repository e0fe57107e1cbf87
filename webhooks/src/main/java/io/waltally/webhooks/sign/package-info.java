/** Signatures of requests: those of the Standard Webhooks specification, and that of s3-orchestrator. */
@NullMarked
package io.waltally.webhooks.sign;

import org.jspecify.annotations.NullMarked;

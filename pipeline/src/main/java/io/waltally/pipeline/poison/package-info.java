/**
 * Records of cdc topics that cannot be read or folded. What is {@link io.waltally.pipeline.poison.Received} is read without
 * failing, so that the fold decides: {@link io.waltally.pipeline.poison.Poison} becomes a dead letter, and its row is
 * remembered among the {@link io.waltally.pipeline.poison.PoisonedRows} until a later record of it is good.
 */
package io.waltally.pipeline.poison;

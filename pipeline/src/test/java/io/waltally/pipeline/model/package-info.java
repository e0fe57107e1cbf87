/**
 * The tables of both applications and requests that change them: what the pipeline should find. Each request is a
 * transaction in a {@link io.waltally.pipeline.captured.CapturedLog}.
 */
package io.waltally.pipeline.model;

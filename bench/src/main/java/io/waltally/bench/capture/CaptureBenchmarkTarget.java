package io.waltally.bench.capture;

import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.publishing.KafkaTarget;

/**
 * The servers of a benchmark, which fills database and topics, and does not clean them up.
 *
 * @param capture of a migrated source that was not captured before
 * @param kafka a cluster with the topics of the catalogue
 * @param admin a superuser of the database whom the server trusts
 */
public record CaptureBenchmarkTarget(CaptureConfig capture, KafkaTarget kafka, String admin) {}

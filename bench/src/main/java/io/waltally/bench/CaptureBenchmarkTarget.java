package io.waltally.bench;

import io.waltally.connectors.capture.CaptureConfig;
import io.waltally.connectors.capture.KafkaTarget;

/**
 * The servers that are measured. The benchmark fills the database and the topics, and leaves them so.
 *
 * @param capture of the store s3, migrated, and not captured before
 * @param kafka where the topics of the catalogue exist
 * @param admin a superuser of the database whom the server trusts
 */
public record CaptureBenchmarkTarget(CaptureConfig capture, KafkaTarget kafka, String admin) {}

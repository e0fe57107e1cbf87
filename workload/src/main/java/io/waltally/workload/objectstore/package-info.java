/** s3-orchestrator: its store methods, and an instance that calls them. */
package io.waltally.workload.objectstore;

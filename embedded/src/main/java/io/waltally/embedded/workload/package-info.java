/**
 * A realistic, seeded workload of both applications, and the tallies that SQL states for what it wrote.
 *
 * <p>{@link io.waltally.embedded.workload.Workload} changes rows as s3-orchestrator and syncstorage do, transaction by
 * transaction, and keeps exact account of what was committed. {@link io.waltally.embedded.workload.SqlOracle} reads the
 * tables and states what every tally must be. Both use JDBC only and know nothing of the pipeline that they check.
 */
package io.waltally.embedded.workload;

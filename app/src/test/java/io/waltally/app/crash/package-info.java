/**
 * Processes that are killed, paused and started again while the applications write: afterwards every tally, notification and
 * target equals SQL.
 */
package io.waltally.app.crash;

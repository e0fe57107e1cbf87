/**
 * Capture that is killed, frozen, replaced or stopped under load: afterwards the topics are the history of the database.
 */
package io.waltally.connectors.capture.crash;

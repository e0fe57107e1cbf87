/** What stages could not process, read from their dead letter topics and put back. */
package io.waltally.app.deadletter;

/** Sinks on real servers. Shared by the tests of all targets. */
package io.waltally.sinks;

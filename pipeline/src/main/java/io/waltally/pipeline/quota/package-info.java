/** Storage and traffic of backends against their limits. */
package io.waltally.pipeline.quota;

/** Types of settings that need no configuration to be understood: sizes, durations, addresses, secrets. */
@NullMarked
package io.waltally.app.config.value;

import org.jspecify.annotations.NullMarked;

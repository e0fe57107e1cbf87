/** Collections and users of syncstorage: what they hold that has not expired. */
package io.waltally.pipeline.collection;

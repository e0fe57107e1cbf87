/** Checks of the Kafka cluster: brokers, rights and topics. In: the settings of clients. Out: findings. */
@NullMarked
package io.waltally.app.doctor.kafka;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SendFailureTest {
    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(new RecordTooLargeException("big"), SendFailure.TOO_LARGE),
                Arguments.of(new TopicAuthorizationException("t"), SendFailure.UNAUTHORISED),
                Arguments.of(new SaslAuthenticationException("who"), SendFailure.UNAUTHORISED),
                Arguments.of(
                        new KafkaException("in an error state", new ClusterAuthorizationException("no")),
                        SendFailure.UNAUTHORISED),
                Arguments.of(new OutOfOrderSequenceException("gap"), SendFailure.PRODUCER_LOST),
                Arguments.of(
                        new KafkaException("error state", new ProducerFencedException("old")),
                        SendFailure.PRODUCER_LOST),
                Arguments.of(new TimeoutException("not in metadata"), SendFailure.UNREACHABLE),
                Arguments.of(new NotEnoughReplicasException("one"), SendFailure.UNREACHABLE),
                Arguments.of(new InvalidTimestampException("future"), SendFailure.TOO_FAR_AHEAD),
                Arguments.of(new IllegalStateException("closed"), SendFailure.OTHER));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void eachFailureLeadsToWhatHasToBeDone(Exception failure, SendFailure expected) {
        assertThat(SendFailure.of(failure)).isEqualTo(expected);
    }
}

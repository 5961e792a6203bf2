// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidPidMappingException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnknownProducerIdException;

/** Kinds of failure, by what has to be done. */
enum SendFailure {
    /** The record will never be taken: put it aside. */
    TOO_LARGE,
    /** Credentials or ACLs: somebody must act, then the same record goes. */
    UNAUTHORISED,
    /** The producer has lost its sequence: only a new one can go on. */
    PRODUCER_LOST,
    /** The record's timestamp lies too far ahead of the broker's clock: it can go with an earlier one. */
    TOO_FAR_AHEAD,
    /** Passes by itself. */
    UNREACHABLE,
    /** Anything else; tried again, since no event may be lost to an error that nobody foresaw. */
    OTHER;

    /** The first failure in the chain of causes that says something. */
    static SendFailure of(Throwable failure) {
        Throwable link = failure;
        while (link != null) {
            SendFailure kind = ofOne(link);
            if (kind != OTHER) {
                return kind;
            }
            link = link.getCause();
        }
        return OTHER;
    }

    private static SendFailure ofOne(Throwable failure) {
        if (failure instanceof RecordTooLargeException) {
            return TOO_LARGE;
        }
        if (failure instanceof InvalidTimestampException) {
            return TOO_FAR_AHEAD;
        }
        if (failure instanceof OutOfOrderSequenceException
                || failure instanceof ProducerFencedException
                || failure instanceof UnknownProducerIdException
                || failure instanceof InvalidPidMappingException
                || failure instanceof InvalidProducerEpochException) {
            return PRODUCER_LOST;
        }
        if (failure instanceof AuthorizationException || failure instanceof AuthenticationException) {
            return UNAUTHORISED;
        }
        return failure instanceof RetriableException ? UNREACHABLE : OTHER;
    }
}

// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.pods;

/** Fills a directory of pod names until it is closed. */
interface PodNameSource extends AutoCloseable {
    @Override
    void close();
}

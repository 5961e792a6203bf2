// SPDX-License-Identifier: GPL-2.0-or-later
/** Programs that {@code bin/bench} starts beside the agent; not tests. */
@NullMarked
package io.processsignals.quickstart.bench;

import org.jspecify.annotations.NullMarked;

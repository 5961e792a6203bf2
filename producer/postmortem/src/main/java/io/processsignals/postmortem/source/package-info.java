// SPDX-License-Identifier: GPL-2.0-or-later
/** Where events are read from: the topic, its schemas, and what can be said about completeness. */
package io.processsignals.postmortem.source;

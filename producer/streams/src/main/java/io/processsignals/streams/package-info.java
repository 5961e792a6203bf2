// SPDX-License-Identifier: GPL-2.0-or-later
/** An example for correlation engines: joins signals to the deaths that they caused, with Kafka Streams. */
package io.processsignals.streams;

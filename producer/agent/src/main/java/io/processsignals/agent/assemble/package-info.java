// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * From a raw record and what is known of the node to an encoded event. States facts and decides nothing; knows no Kafka
 * and no native code. On the path of an event nothing is allocated once its buffers have grown.
 */
package io.processsignals.agent.assemble;

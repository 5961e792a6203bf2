// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The death lab's other half: runs {@code src/test/lab/deathlab}, which says what truly happened, and judges what the
 * agent made of it, on this kernel and on others in a guest.
 */
package io.processsignals.agent.lab;

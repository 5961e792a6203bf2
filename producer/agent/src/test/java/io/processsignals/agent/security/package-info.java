// SPDX-License-Identifier: GPL-2.0-or-later
/** TLS, SASL, secrets and privileges against a real broker and a real kernel: {@code bin/test security}. */
package io.processsignals.agent.security;

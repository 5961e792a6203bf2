// SPDX-License-Identifier: GPL-2.0-or-later
/** Events as people and programs read them: one line each, compact, wide or JSON. */
package io.processsignals.postmortem.render;

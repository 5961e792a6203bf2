// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.config;

/** Where the names of pods come from: {@value AgentConfig#KUBERNETES_POD_NAMES_CONFIG}. */
public enum PodNamesFrom {
    /** The API in a cluster, the log files where their folder is. */
    AUTO,
    API,
    LOGS,
    OFF
}

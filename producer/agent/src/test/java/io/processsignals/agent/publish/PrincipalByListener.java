// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import org.apache.kafka.common.security.auth.AuthenticationContext;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder;

/** Tells a broker's own connections from those of clients, so that a rule for the one is none for the other. */
public final class PrincipalByListener extends DefaultKafkaPrincipalBuilder {
    static final String CONTROLLER = "controller";

    public PrincipalByListener() {
        super(null, null);
    }

    @Override
    public KafkaPrincipal build(AuthenticationContext context) {
        return context.listenerName().equals("CONTROLLER")
                ? new KafkaPrincipal(KafkaPrincipal.USER_TYPE, CONTROLLER)
                : super.build(context);
    }
}

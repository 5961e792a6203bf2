// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart;

import java.util.Map;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** One quickstart for all test classes that ask for it, ended after the last of them. */
final class RunningQuickstart implements BeforeAllCallback, ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(RunningQuickstart.class);

    @Override
    public void beforeAll(ExtensionContext context) {
        KernelAccess.require();
        quickstart(context);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Quickstart.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return quickstart(context);
    }

    private static Quickstart quickstart(ExtensionContext context) {
        return context.getRoot()
                .getStore(NAMESPACE)
                .getOrComputeIfAbsent(Quickstart.class, key -> start(), Quickstart.class);
    }

    private static Quickstart start() {
        try {
            Quickstart quickstart = Quickstart.start(Quickstart.Ports.free(), Map.of());
            quickstart.awaitReady();
            return quickstart;
        } catch (Exception e) {
            throw new IllegalStateException("the quickstart did not start", e);
        }
    }
}

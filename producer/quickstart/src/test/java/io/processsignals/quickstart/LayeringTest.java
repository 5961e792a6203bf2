// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Which part may know which: the architecture, checked on the bytecode of all modules, which only this one sees. */
@AnalyzeClasses(packages = "io.processsignals", importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {
    private static final String KAFKA = "org.apache.kafka..";
    private static final String COMMON = "io.processsignals.common..";
    private static final String AGENT = "io.processsignals.agent..";
    private static final String POSTMORTEM = "io.processsignals.postmortem..";
    private static final String EMBEDDED = "io.processsignals.embedded..";
    private static final String QUICKSTART = "io.processsignals.quickstart..";

    @ArchTest
    static final ArchRule commonKnowsNeitherKafkaNorOtherModules = noClasses()
            .that()
            .resideInAPackage(COMMON)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(KAFKA, AGENT, POSTMORTEM, EMBEDDED, QUICKSTART);

    @ArchTest
    static final ArchRule captureDecodeIdentityAndEncodeKnowNoKafka = noClasses()
            .that()
            .resideInAnyPackage(
                    "io.processsignals.agent.capture..",
                    "io.processsignals.agent.raw..",
                    "io.processsignals.agent.identity..",
                    "io.processsignals.agent.assemble..",
                    "io.processsignals.agent.log..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(KAFKA, "io.processsignals.agent.publish..", "io.processsignals.agent.registry..");

    @ArchTest
    static final ArchRule agentKnowsNoReaderOfTheTopic = noClasses()
            .that()
            .resideInAPackage(AGENT)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(POSTMORTEM, EMBEDDED, QUICKSTART);

    @ArchTest
    static final ArchRule collectorHoldsNoVerdicts = noClasses()
            .that()
            .resideInAnyPackage(AGENT, COMMON)
            .should()
            .haveSimpleNameContaining("Verdict")
            .orShould()
            .dependOnClassesThat()
            .haveSimpleNameContaining("Verdict");

    @ArchTest
    static final ArchRule postmortemKnowsNoAgent = noClasses()
            .that()
            .resideInAPackage(POSTMORTEM)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(AGENT, EMBEDDED, QUICKSTART);

    @ArchTest
    static final ArchRule onlyCaptureIsNative = methods()
            .that()
            .haveModifier(JavaModifier.NATIVE)
            .should()
            .beDeclaredInClassesThat()
            .resideInAPackage("io.processsignals.agent.capture..");

    @ArchTest
    static final ArchRule embeddedKnowsNoOtherModule = noClasses()
            .that()
            .resideInAPackage(EMBEDDED)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(COMMON, AGENT, POSTMORTEM, QUICKSTART);

    @ArchTest
    static final ArchRule packagesOfTheAgentFormNoCycle =
            slices().matching("io.processsignals.agent.(*)..").should().beFreeOfCycles();
}

// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The table of modules in docs/architecture.md, and the rules of the house that a compiler does not check. */
class ModuleTableTest {
    private static JavaClasses classes;

    @BeforeAll
    static void importClasses() {
        classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .withImportOption(location -> !location.contains("/test-classes/")) // of target/fast, which that misses
                .importPackages("io.pktkit");
    }

    @Test
    void arrowsRunOneWay() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("core")
                .definedBy(
                        "io.pktkit.wire..",
                        "io.pktkit.device..",
                        "io.pktkit.hub..",
                        "io.pktkit.time..",
                        "io.pktkit.link..",
                        "io.pktkit.local..",
                        "io.pktkit.datagram..")
                .layer("dhcp")
                .definedBy("io.pktkit.dhcp..")
                .layer("dns")
                .definedBy("io.pktkit.dns..")
                .layer("l2adapter")
                .definedBy("io.pktkit.l2adapter..")
                .layer("impair")
                .definedBy("io.pktkit.impair..")
                .layer("pcap")
                .definedBy("io.pktkit.pcap..")
                .layer("qemu")
                .definedBy("io.pktkit.qemu..")
                .layer("native")
                .definedBy("io.pktkit.nativeio..")
                .layer("tuntap")
                .definedBy("io.pktkit.tuntap..")
                .layer("afpacket")
                .definedBy("io.pktkit.afpacket..")
                .layer("afxdp")
                .definedBy("io.pktkit.afxdp..")
                .layer("vtcp")
                .definedBy("io.pktkit.vtcp..")
                .layer("iphost")
                .definedBy("io.pktkit.iphost..")
                .layer("ovpn")
                .definedBy("io.pktkit.ovpn..")
                .layer("wg")
                .definedBy("io.pktkit.wg..")
                .layer("nat")
                .definedBy("io.pktkit.nat..")
                .layer("slirp")
                .definedBy("io.pktkit.slirp..")
                .layer("vclient")
                .definedBy("io.pktkit.vclient..")
                .layer("lab")
                .definedBy("io.pktkit.lab..")
                .layer("cli")
                .definedBy("io.pktkit.cli..")
                .whereLayer("core")
                .mayNotAccessAnyLayer()
                .whereLayer("dhcp")
                .mayOnlyAccessLayers("core")
                .whereLayer("dns")
                .mayOnlyAccessLayers("core")
                .whereLayer("l2adapter")
                .mayOnlyAccessLayers("core", "dhcp")
                .whereLayer("impair")
                .mayOnlyAccessLayers("core")
                .whereLayer("pcap")
                .mayOnlyAccessLayers("core")
                .whereLayer("qemu")
                .mayOnlyAccessLayers("core", "l2adapter", "dhcp")
                .whereLayer("native")
                .mayOnlyAccessLayers("core")
                .whereLayer("tuntap")
                .mayOnlyAccessLayers("core", "native")
                .whereLayer("afpacket")
                .mayOnlyAccessLayers("core", "native")
                .whereLayer("afxdp")
                .mayOnlyAccessLayers("core", "native")
                .whereLayer("vtcp")
                .mayOnlyAccessLayers("core")
                .whereLayer("iphost")
                .mayOnlyAccessLayers("core", "vtcp")
                .whereLayer("ovpn")
                .mayOnlyAccessLayers("core", "l2adapter", "native")
                .whereLayer("wg")
                .mayOnlyAccessLayers("core", "l2adapter", "native")
                .whereLayer("nat")
                .mayOnlyAccessLayers("core", "vtcp", "iphost")
                .whereLayer("slirp")
                .mayOnlyAccessLayers("core", "vtcp", "iphost")
                .whereLayer("vclient")
                .mayOnlyAccessLayers("core", "dns", "vtcp", "iphost")
                .whereLayer("lab")
                .mayOnlyAccessLayers(
                        "core",
                        "dhcp",
                        "dns",
                        "iphost",
                        "l2adapter",
                        "nat",
                        "tuntap",
                        "vtcp",
                        "slirp",
                        "vclient",
                        "ovpn",
                        "wg",
                        "qemu")
                .whereLayer("cli")
                .mayOnlyAccessLayers(
                        "core",
                        "afpacket",
                        "afxdp",
                        "dhcp",
                        "dns",
                        "impair",
                        "nat",
                        "tuntap",
                        "slirp",
                        "vclient",
                        "wg",
                        "lab",
                        "qemu",
                        "pcap",
                        "ovpn")
                .check(classes);
    }

    @Test
    void packagesHaveNoCycles() {
        // io.pktkit.internal is what the packages of the core share below their surface.
        DescribedPredicate<JavaClass> shared = JavaClass.Predicates.resideInAPackage("io.pktkit.internal..");
        SlicesRuleDefinition.slices()
                .matching("io.pktkit.(*)..")
                .should()
                .beFreeOfCycles()
                .ignoreDependency(shared, DescribedPredicate.alwaysTrue())
                .check(classes);
    }

    /**
     * The rooms of the TCP engine: what they need of each other runs one way, and of the connection they know the views
     * that they declare, not the block that implements them.
     */
    @Test
    void roomsOfTheTcpEngineHaveNoCyclesAndKnowNoBlock() {
        SlicesRuleDefinition.slices()
                .matching("io.pktkit.vtcp.internal.(*)..")
                .should()
                .beFreeOfCycles()
                .check(classes);
        noClasses()
                .that()
                .resideInAPackage("io.pktkit.vtcp.internal.*..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.pktkit.vtcp.internal")
                .check(classes);
    }

    /**
     * The rooms of the NAT: the shell stands on the engine, the engine on what its owner decides and is told, and application
     * layer gateways know nothing but what they are written against.
     */
    @Test
    void roomsOfTheNatHaveNoCyclesAndStandBelowTheShell() {
        SlicesRuleDefinition.slices()
                .matching("io.pktkit.nat.(**)")
                .should()
                .beFreeOfCycles()
                .check(classes);
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.pktkit.nat.alg..",
                        "io.pktkit.nat.engine..",
                        "io.pktkit.nat.helper..",
                        "io.pktkit.nat.internal..",
                        "io.pktkit.nat.observe..",
                        "io.pktkit.nat.policy..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.pktkit.nat")
                .check(classes);
        noClasses()
                .that()
                .resideInAPackage("io.pktkit.nat.alg..")
                .should()
                .dependOnClassesThat(resideInAPackage("io.pktkit.nat..")
                        .and(resideOutsideOfPackages("io.pktkit.nat.alg..", "io.pktkit.nat.helper..")))
                .check(classes);
    }

    @Test
    void onlyNativeTouchesJna() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.pktkit.nativeio..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.sun.jna..")
                .check(classes);
    }

    @Test
    void onlyTunnelsTouchBouncyCastleAndOnlyInTheirCryptoPackages() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "io.pktkit.wg.internal.crypto..", "io.pktkit.ovpn.internal.tls..", "io.pktkit.ovpn.pki..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.bouncycastle..")
                .check(classes);
    }

    /** One that inherited what the thread has that happened to start it would keep an unloaded application in memory. */
    @Test
    void threadsAreMadeInOnePlace() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.pktkit.cli..", "io.pktkit.bench..") // programs of their own
                .and()
                .doNotHaveFullyQualifiedName("io.pktkit.internal.Daemons")
                .should()
                .callConstructorWhere(JavaCall.Predicates.target(owner(assignableTo(Thread.class))))
                .check(classes);
    }

    /** A thread may be known, such as the one that a close waits for, but is made elsewhere. */
    @Test
    void protocolEnginesReadNoClockAndStartNoThread() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.pktkit.wire..",
                        "io.pktkit.vtcp..",
                        "io.pktkit.dhcp..",
                        "io.pktkit.dns",
                        "io.pktkit.dns.server..",
                        "io.pktkit.dns.stub..",
                        "io.pktkit.dns.upstream..",
                        "io.pktkit.l2adapter..",
                        "io.pktkit.nat..",
                        "io.pktkit.ovpn.internal..",
                        "io.pktkit.wg",
                        "io.pktkit.wg.internal..")
                .should()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callConstructorWhere(JavaCall.Predicates.target(owner(assignableTo(Thread.class))))
                .orShould()
                .callMethod(Thread.class, "start")
                .orShould()
                .callMethod(Thread.class, "sleep", long.class)
                .check(classes);
    }
}

// SPDX-License-Identifier: MIT
package io.pktkit.nat.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.Registration;
import io.pktkit.link.PipeL3;
import io.pktkit.nat.Nat;
import io.pktkit.nat.NatPort;
import io.pktkit.nat.policy.NatConfig;
import io.pktkit.nat.service.PortLeases.Refusal;
import io.pktkit.nat.service.PortLeases.Wish;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Leases whoever asks for them: limits to the last one, time to the last second, and who is told. */
class PortLeasesTest {

    private static final IpAddress ALICE = IpAddress.parse("10.0.0.2");
    private static final IpAddress BOB = IpAddress.parse("10.0.0.3");
    private static final IpAddress CAROL = IpAddress.parse("10.0.0.4");
    private static final Duration TEN = Duration.ofSeconds(10);

    private final ManualTime time = new ManualTime(5);
    private final Nat nat =
            new Nat(NatConfig.builder(ServiceWorld.PUBLIC).build(), time, IpPrefix.parse("10.0.0.1/24"));
    private final int namespace = connect();

    private int connect() {
        try {
            return nat.connect(new PipeL3(packet -> {})).namespace();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void close() {
        nat.close();
    }

    private PortLeases leases(int total, int perNamespace, int perHost, int first, int last) {
        return new PortLeases(
                nat, time, new PortLeaseLimits(total, perNamespace, perHost, first, last, Duration.ofDays(1)));
    }

    private PortLeases leases() {
        return leases(99, 99, 99, 2000, 3000);
    }

    private Wish wish(IpAddress client, int outsidePort, int clientPort) {
        return wish(namespace, client, outsidePort, clientPort, null, true, "");
    }

    private static Wish wish(
            int namespace,
            IpAddress client,
            int outsidePort,
            int clientPort,
            @Nullable IpAddress from,
            boolean enabled,
            String description) {
        return new Wish(
                namespace,
                client,
                null,
                IpProtocol.TCP,
                outsidePort,
                clientPort,
                from,
                enabled,
                description,
                "secret",
                TEN);
    }

    private boolean isForwarded(int port) {
        return nat.mappings().findOutside(IpProtocol.TCP, ServiceWorld.PUBLIC, port) != null;
    }

    @Test
    void shouldGivePortsOfAnAddressThatHostsShare() {
        IpAddress second = IpAddress.parse("203.0.113.9");
        nat.outside(List.of(ServiceWorld.PUBLIC, second));
        nat.mappings().oneToOne(namespace, CAROL, ServiceWorld.PUBLIC);
        try (PortLeases leases = leases()) {
            assertEquals(second, leases.outside());
            PortLease lease = leases.add(wish(ALICE, 2000, 80)).lease();
            assertEquals(
                    second,
                    Objects.requireNonNull(Objects.requireNonNull(lease).mapping())
                            .outside());
            assertNull(leases.remove(namespace, ALICE, IpProtocol.TCP, 2000, "secret"));
            nat.mappings().oneToOne(namespace, BOB, second);
            assertNull(leases.outside());
            assertEquals(
                    Refusal.NOT_AUTHORIZED, leases.add(wish(ALICE, 2000, 80)).refusal());
        }
    }

    @Test
    void shouldTellWatchersOfEachChangeAndNothingElse() {
        int[] told = {0};
        try (PortLeases leases = leases()) {
            Registration watching = leases.watch(() -> told[0]++);
            assertNotNull(leases.add(wish(ALICE, 2000, 80)).lease());
            assertEquals(1, told[0]);
            assertNotNull(leases.addAny(wish(ALICE, 0, 81)).lease());
            assertEquals(2, told[0]);
            assertEquals(Refusal.CONFLICT, leases.add(wish(BOB, 2000, 80)).refusal());
            assertEquals(Refusal.NOT_FOUND, leases.remove(namespace, ALICE, IpProtocol.TCP, 2999, "secret"));
            assertEquals(Refusal.NOT_AUTHORIZED, leases.remove(namespace, BOB, IpProtocol.TCP, 2000, "secret"));
            assertEquals(Refusal.NOT_AUTHORIZED, leases.remove(namespace, ALICE, IpProtocol.TCP, 2000, "guess"));
            assertEquals(2, told[0]);
            assertNull(leases.remove(namespace, ALICE, IpProtocol.TCP, 2000, "secret"));
            assertEquals(3, told[0]);
            time.advance(TEN);
            assertEquals(4, told[0], "the other one has lapsed");
            assertEquals(0, leases.size());
            assertNotNull(leases.add(wish(ALICE, 2000, 80)).lease());
            assertNull(leases.remove(namespace, ALICE, IpProtocol.TCP, 2000, "secret"));
            assertEquals(6, told[0]);
            time.advance(TEN);
            assertEquals(6, told[0], "its end is nobody's any more");
            watching.close();
            assertNotNull(leases.add(wish(ALICE, 2000, 80)).lease());
            assertEquals(6, told[0]);
        }
    }

    @Test
    void shouldEndEachInTimeAndNotBefore() {
        try (PortLeases leases = leases()) {
            PortLease first =
                    Objects.requireNonNull(leases.add(wish(ALICE, 2000, 80)).lease());
            time.advance(Duration.ofSeconds(4));
            PortLease drawn =
                    Objects.requireNonNull(leases.addAny(wish(ALICE, 0, 81)).lease());
            assertEquals(6, first.remainingSeconds(time.nowNanos()));
            time.advance(Duration.ofSeconds(6).minusNanos(1));
            assertTrue(isForwarded(2000));
            time.advance(Duration.ofNanos(1));
            assertEquals(List.of(drawn), leases.all(namespace));
            assertEquals(1, leases.size());
            time.advance(Duration.ofSeconds(4));
            assertEquals(0, leases.size(), "the next one's end is waited for too");
        }
    }

    @Test
    void shouldHoldToItsLimitsToTheLast() {
        int other = connect();
        try (PortLeases leases = leases(4, 3, 2, 2000, 3000)) {
            assertNull(leases.add(wish(ALICE, 2000, 80)).refusal());
            assertNull(leases.add(wish(ALICE, 2001, 81)).refusal());
            assertEquals(Refusal.QUOTA, leases.add(wish(ALICE, 2002, 82)).refusal());
            assertNull(leases.add(wish(ALICE, 2001, 81)).refusal(), "a renewal");
            assertNull(leases.add(wish(BOB, 2002, 82)).refusal());
            assertEquals(Refusal.NO_RESOURCES, leases.add(wish(CAROL, 2003, 83)).refusal(), "of a namespace");
            assertNull(leases.add(wish(other, ALICE, 2003, 80, null, true, "")).refusal());
            assertEquals(
                    Refusal.NO_RESOURCES,
                    leases.add(wish(other, BOB, 2004, 80, null, true, "")).refusal(),
                    "in all");
            assertNull(leases.remove(namespace, ALICE, IpProtocol.TCP, 2000, "secret"));
            assertNull(leases.add(wish(CAROL, 2005, 83)).refusal(), "one has gone");
            time.advance(TEN);
            assertNull(leases.add(wish(ALICE, 2000, 80)).refusal());
        }
    }

    @Test
    void shouldGiveItsOwnPortsAlone() {
        try (PortLeases leases = leases(9, 9, 9, 2000, 2001)) {
            assertEquals(
                    Refusal.NOT_AUTHORIZED, leases.add(wish(ALICE, 1999, 80)).refusal());
            assertEquals(
                    Refusal.NOT_AUTHORIZED, leases.add(wish(ALICE, 2002, 80)).refusal());
            assertNull(leases.add(wish(ALICE, 2000, 80)).refusal());
            PortLease drawn =
                    Objects.requireNonNull(leases.addAny(wish(ALICE, 0, 81)).lease());
            assertEquals(2001, drawn.outsidePort(), "the only one that is left");
            assertEquals(Refusal.NO_RESOURCES, leases.addAny(wish(BOB, 0, 80)).refusal());
        }
        try (PortLeases leases = leases(9, 9, 9, 2500, 2500)) {
            PortLease drawn =
                    Objects.requireNonNull(leases.addAny(wish(BOB, 7, 80)).lease());
            assertEquals(2500, drawn.outsidePort());
        }
        try (PortLeases leases = leases(9, 9, 9, 2000, 3000)) {
            PortLease own =
                    Objects.requireNonNull(leases.addAny(wish(BOB, 0, 2222)).lease());
            assertEquals(2222, own.outsidePort(), "the client's own, where that is free");
            assertEquals(
                    Refusal.NOT_AUTHORIZED,
                    leases.addAny(wish(IpAddress.parse("192.0.2.1"), 0, 80)).refusal());
        }
    }

    @Test
    void shouldNotMoveAHostsOtherLeaseForAnyPort() {
        try (PortLeases leases = leases(9, 9, 9, 2000, 2001)) {
            assertNull(leases.add(wish(ALICE, 2000, 80)).refusal());
            PortLease second =
                    Objects.requireNonNull(leases.addAny(wish(ALICE, 2000, 81)).lease());
            assertEquals(2001, second.outsidePort());
            assertEquals(
                    Refusal.NO_RESOURCES, leases.addAny(wish(ALICE, 2000, 82)).refusal());
            PortLease again =
                    Objects.requireNonNull(leases.addAny(wish(ALICE, 2000, 80)).lease());
            assertEquals(2000, again.outsidePort(), "the same again is a renewal");
            assertEquals(2, leases.size());
        }
    }

    @Test
    void shouldEndSessionsOnlyWhenItLeadsElsewhere() {
        try (PortLeases leases = leases()) {
            PortLease made =
                    Objects.requireNonNull(leases.add(wish(ALICE, 2000, 80)).lease());
            PortLease again =
                    Objects.requireNonNull(leases.add(wish(ALICE, 2000, 80)).lease());
            assertEquals(
                    Objects.requireNonNull(made.mapping()).id(),
                    Objects.requireNonNull(again.mapping()).id());
            PortLease fromOne = Objects.requireNonNull(
                    leases.add(wish(namespace, ALICE, 2000, 80, IpAddress.parse("198.51.100.7"), true, ""))
                            .lease());
            assertNotEquals(
                    made.mapping().id(),
                    Objects.requireNonNull(fromOne.mapping()).id(),
                    "another remote");
            PortLease elsewhere =
                    Objects.requireNonNull(leases.add(wish(ALICE, 2000, 81)).lease());
            assertNotEquals(
                    fromOne.mapping().id(),
                    Objects.requireNonNull(elsewhere.mapping()).id(),
                    "another port");
            assertNotNull(leases.add(wish(namespace, ALICE, 2000, 81, null, false, ""))
                    .lease());
            assertTrue(!isForwarded(2000) && leases.size() == 1, "it keeps the port, and leads nowhere");
            assertNotNull(leases.add(wish(ALICE, 2001, 90)).lease());
            assertEquals(
                    Refusal.ENDPOINT_TAKEN, leases.add(wish(ALICE, 2000, 90)).refusal());
            assertEquals(2, leases.size(), "what could not be changed stays");
        }
    }

    @Test
    void shouldTellWatchersOfALeaseThatIsLost() throws IOException {
        int other = nat.addNamespace();
        NatPort link = nat.connect(new PipeL3(packet -> {}), other);
        int[] told = {0};
        try (PortLeases leases = leases()) {
            assertNotNull(
                    leases.add(wish(other, ALICE, 2000, 80, null, true, "")).lease());
            Registration watching = leases.watch(() -> told[0]++);
            link.close();
            assertEquals(
                    Refusal.NOT_AUTHORIZED,
                    leases.add(wish(other, ALICE, 2000, 81, null, true, "")).refusal());
            assertEquals(0, leases.size(), "it led elsewhere already");
            assertEquals(1, told[0]);
            watching.close();
        }
    }

    @Test
    void shouldForgetWhatTheOwnerTookAway() {
        try (PortLeases leases = leases()) {
            PortLease made =
                    Objects.requireNonNull(leases.add(wish(ALICE, 2000, 80)).lease());
            PortLease kept =
                    Objects.requireNonNull(leases.add(wish(BOB, 2001, 80)).lease());
            assertTrue(nat.mappings().remove(Objects.requireNonNull(made.mapping())));
            assertNull(leases.find(namespace, IpProtocol.TCP, 2000));
            assertNull(leases.find(namespace + 1, IpProtocol.TCP, 2001), "of another namespace");
            assertTrue(nat.mappings().remove(Objects.requireNonNull(kept.mapping())));
            assertEquals(List.of(), leases.all(namespace));
            assertNull(leases.at(namespace, 0));
        }
    }

    @Test
    void shouldGiveBackAllOfANamespaceAndAllInTheEnd() {
        int other = connect();
        PortLeases leases = leases();
        assertNotNull(leases.add(wish(ALICE, 2000, 80)).lease());
        assertNotNull(leases.add(wish(other, ALICE, 2001, 80, null, true, "")).lease());
        leases.serve(namespace).close();
        assertTrue(!isForwarded(2000) && isForwarded(2001));
        leases.close();
        assertTrue(!isForwarded(2001) && leases.size() == 0);
        assertEquals(Refusal.NO_RESOURCES, leases.add(wish(ALICE, 2000, 80)).refusal());
        leases.close();
    }

    @Test
    void shouldKeepTheLeasesOfANamespaceWhenOneOfItsLinksGoes() {
        try (PortLeases leases = leases()) {
            Registration first = leases.serve(namespace);
            Registration second = leases.serve(namespace);
            assertNotNull(leases.add(wish(ALICE, 2000, 80)).lease());
            first.close();
            first.close();
            assertTrue(isForwarded(2000));
            second.close();
            assertTrue(!isForwarded(2000) && leases.size() == 0);
        }
    }

    @Test
    void shouldCutDescriptionsBetweenCharacters() {
        try (PortLeases leases = leases()) {
            String[][] all = {
                {"a".repeat(64), "a".repeat(64)},
                {"a".repeat(65), "a".repeat(64)},
                {"a".repeat(63) + "é", "a".repeat(63)},
                {"a".repeat(62) + "é", "a".repeat(62) + "é"},
                {"€".repeat(22), "€".repeat(21)},
                {"", ""}
            };
            for (String[] each : all) {
                PortLease made =
                        Objects.requireNonNull(leases.add(wish(namespace, ALICE, 2000, 80, null, true, each[0]))
                                .lease());
                assertEquals(each[1], made.description());
            }
        }
    }
}

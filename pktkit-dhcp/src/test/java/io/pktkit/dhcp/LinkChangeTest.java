// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.pktkit.dhcp.internal.DhcpMessage;
import io.pktkit.dhcp.internal.DhcpOptions;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client whose host comes to a link that may be another one: RFC 2131 section 3.7. */
class LinkChangeTest {
    private static final String ALL = " from 0.0.0.0 broadcast";
    private static final long OTHER = 0x0200_0000_0099L;

    private final ClientBench bench = new ClientBench(false);

    private void bind() {
        bench.start();
        bench.offer();
        bench.ack();
        bench.log.clear();
    }

    private void linkUp() {
        linkUp(bench);
    }

    private static void linkUp(ClientBench bench) {
        bench.client.onLinkUp(bench.now);
        bench.client.onTick(bench.now);
    }

    /** A client that probes, bound, and 100 seconds after its start on a link that may be another. */
    private static ClientBench moved() {
        ClientBench probing = new ClientBench(true);
        probing.bind();
        probing.runUntil(100);
        probing.log.clear();
        linkUp(probing);
        return probing;
    }

    /** RFC 2131 table 4: as INIT-REBOOT, and the host goes on with what it has meanwhile. */
    @Test
    void shouldAskAnyServerWhetherItsLeaseIsGoodThere() {
        bind();
        bench.runUntil(100);

        linkUp();

        DhcpMessage request = bench.last();
        assertEquals(List.of("100 REQUEST" + ALL), bench.log);
        assertEquals(ClientBench.ADDRESS, request.intOption(DhcpOptions.REQUESTED_ADDRESS));
        assertEquals(-1, request.intOption(DhcpOptions.SERVER_IDENTIFIER));
        assertEquals(0, request.ciaddr());
        assertEquals(DhcpState.REBINDING, bench.client.state());
    }

    @Test
    void shouldKeepWhatIsConfirmed() {
        bind();
        bench.runUntil(100);
        linkUp();

        bench.ack();

        assertEquals(List.of("100 REQUEST" + ALL, "100 renewed 10.0.2.100/24"), bench.log);
        assertEquals(DhcpState.BOUND, bench.client.state());
        assertEquals(
                3600 * ClientBench.SECOND,
                Objects.requireNonNull(bench.client.lease()).expiryNanos() - bench.now);
    }

    /** RFC 5227 section 2.1: the check is due whenever the host comes to a link. The host uses the address meanwhile. */
    @Test
    void shouldProbeForAndAnnounceWhatIsConfirmed() {
        ClientBench probing = moved();

        probing.ack();
        assertEquals(DhcpState.BOUND, probing.client.state());
        probing.runUntil(200);

        List<String> expected = List.of(
                "100 REQUEST" + ALL,
                "100 renewed 10.0.2.100/24",
                "100 probe 10.0.2.100",
                "101 probe 10.0.2.100",
                "102 probe 10.0.2.100",
                "104 announce 10.0.2.100",
                "106 announce 10.0.2.100");
        assertEquals(expected, probing.log);
        assertEquals(DhcpState.BOUND, probing.client.state());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldDeclineWhatIsConfirmedAndInUseThere(boolean otherProbes) {
        ClientBench probing = moved();
        probing.ack();
        probing.runUntil(101);
        probing.log.clear();

        probing.client.onArp(OTHER, otherProbes ? 0 : ClientBench.ADDRESS, ClientBench.ADDRESS, probing.now);

        DhcpMessage decline = probing.last();
        assertEquals(List.of("101 lost 10.0.2.100/24", "101 DECLINE" + ALL), probing.log);
        assertEquals(ClientBench.ADDRESS, decline.intOption(DhcpOptions.REQUESTED_ADDRESS));
        assertEquals(ClientBench.SERVER, decline.intOption(DhcpOptions.SERVER_IDENTIFIER));
        assertNull(probing.client.lease());
        probing.log.clear();
        probing.runUntil(112);
        assertEquals(List.of("111 DISCOVER" + ALL), probing.log, "RFC 2131 section 3.1 (5)");
    }

    @Test
    void shouldProbeForAndAnnounceWhatItGoesOnWithWhenNobodyAnswers() {
        ClientBench probing = moved();

        probing.runUntil(200);

        List<String> expected = List.of(
                "100 REQUEST" + ALL,
                "104 REQUEST" + ALL,
                "112 probe 10.0.2.100",
                "113 probe 10.0.2.100",
                "114 probe 10.0.2.100",
                "116 announce 10.0.2.100",
                "118 announce 10.0.2.100");
        assertEquals(expected, probing.log);
        assertEquals(DhcpState.BOUND, probing.client.state());
    }

    @Test
    void shouldDeclineWhatItGoesOnWithAndIsInUseThere() {
        ClientBench probing = moved();
        probing.runUntil(113.5);
        probing.log.clear();

        probing.client.onArp(OTHER, ClientBench.ADDRESS, 0, probing.now);

        assertEquals(List.of("113.5 lost 10.0.2.100/24", "113.5 DECLINE" + ALL), probing.log);
    }

    /** The check of one link says nothing of the next. */
    @Test
    void shouldCheckAnewOnTheNextLink() {
        ClientBench probing = moved();
        probing.ack();
        probing.runUntil(103);
        probing.log.clear();

        linkUp(probing);
        probing.client.onArp(OTHER, ClientBench.ADDRESS, 0, probing.now);
        probing.runUntil(105);
        assertEquals(List.of("103 REQUEST" + ALL), probing.log);
        probing.ack();

        assertEquals(List.of("103 REQUEST" + ALL, "105 renewed 10.0.2.100/24", "105 probe 10.0.2.100"), probing.log);
    }

    /** A lease may have to be extended during the check, which goes on. */
    @Test
    void shouldGoOnWithTheCheckWhileTheLeaseIsExtended() {
        ClientBench probing = moved();
        probing.answer(DhcpOptions.ACK, writer -> ClientBench.granted(writer, 3));
        probing.runUntil(101.5);
        assertEquals(DhcpState.RENEWING, probing.client.state());
        probing.ack();
        probing.log.clear();

        probing.runUntil(200);

        List<String> expected = List.of("102 probe 10.0.2.100", "104 announce 10.0.2.100", "106 announce 10.0.2.100");
        assertEquals(expected, probing.log);
    }

    @Test
    void shouldLoseWhatIsRefusedAndAskAfresh() {
        bind();
        bench.runUntil(100);
        linkUp();

        bench.answer(DhcpOptions.NAK, ClientBench::named);
        bench.runUntil(102);

        assertNull(bench.client.lease());
        assertEquals(List.of("100 REQUEST" + ALL, "100 lost 10.0.2.100/24", "101 DISCOVER" + ALL), bench.log);
    }

    @Test
    void shouldGoOnWithItsLeaseWhenNobodyAnswers() {
        bind();
        bench.runUntil(100);
        linkUp();

        bench.runUntil(1799);
        assertEquals(List.of("100 REQUEST" + ALL, "104 REQUEST" + ALL), bench.log);
        assertEquals(DhcpState.BOUND, bench.client.state());

        bench.runUntil(1800);
        assertEquals(DhcpState.RENEWING, bench.client.state(), "at its time");
    }

    @Test
    void shouldAskAnewAtOnceWithoutALease() {
        bench.start();
        int xid = bench.last().xid();
        bench.runUntil(20);
        bench.log.clear();

        linkUp();

        assertEquals(List.of("20 DISCOVER" + ALL), bench.log);
        assertNotEquals(xid, bench.last().xid());
    }

    @Test
    void shouldAskAnewForTheAddressItHad() {
        ClientBench rebooting = ClientBench.rebooting(false);
        rebooting.start();
        rebooting.runUntil(5);
        rebooting.log.clear();

        rebooting.client.onLinkUp(rebooting.now);
        rebooting.runUntil(6);

        assertEquals(List.of("5 REQUEST" + ALL), rebooting.log);
        rebooting.ack();
        assertEquals(DhcpState.BOUND, rebooting.client.state());
    }

    @Test
    void shouldSayNothingWhenItIsStopped() {
        bench.client.onLinkUp(bench.now);
        bench.runUntil(100);

        assertEquals(List.of(), bench.log);
    }
}

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

/** A client whose host comes to a link that may be another one: RFC 2131 section 3.7. */
class LinkChangeTest {
    private static final String ALL = " from 0.0.0.0 broadcast";

    private final ClientBench bench = new ClientBench(false);

    private void bind() {
        bench.start();
        bench.offer();
        bench.ack();
        bench.log.clear();
    }

    private void linkUp() {
        bench.client.onLinkUp(bench.now);
        bench.client.onTick(bench.now);
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

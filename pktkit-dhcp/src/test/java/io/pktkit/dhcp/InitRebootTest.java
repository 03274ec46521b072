// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.pktkit.dhcp.internal.DhcpMessage;
import io.pktkit.dhcp.internal.DhcpOptions;
import io.pktkit.wire.IpAddress;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that had an address before: RFC 2131 sections 3.2 and 4.4.2, states INIT-REBOOT and REBOOTING of figure 5. */
class InitRebootTest {
    private static final String ALL = " from 0.0.0.0 broadcast";

    private final ClientBench bench = ClientBench.rebooting(false);

    @Test
    void shouldAskForTheAddressItHad() {
        bench.start();

        DhcpMessage request = bench.last();
        assertEquals(List.of("0 REQUEST" + ALL), bench.log);
        assertEquals(ClientBench.ADDRESS, request.intOption(DhcpOptions.REQUESTED_ADDRESS));
        assertEquals(-1, request.intOption(DhcpOptions.SERVER_IDENTIFIER), "section 4.3.2: it must not name a server");
        assertEquals(0, request.ciaddr());
        assertEquals(DhcpState.REBOOTING, bench.client.state());
    }

    @Test
    void shouldBeBoundInOneStep() {
        bench.start();
        bench.ack();

        assertEquals(List.of("0 REQUEST" + ALL, "0 bound 10.0.2.100/24"), bench.log);
        Lease lease = Objects.requireNonNull(bench.client.lease());
        assertEquals(ClientBench.SERVER, lease.serverIdentifier().toIpv4Bits());
    }

    @Test
    void shouldRunTheLeaseFromTheFirstRequest() {
        bench.start();
        bench.runUntil(10);
        assertEquals(4, bench.last().secs(), "the one repeated at 4 s");

        bench.ack();

        assertEquals(
                3590 * ClientBench.SECOND,
                Objects.requireNonNull(bench.client.lease()).expiryNanos() - bench.now);
    }

    @Test
    void shouldProbeAsForAnyNewAddress() {
        ClientBench probing = ClientBench.rebooting(true);
        probing.start();
        probing.ack();
        probing.runUntil(6);

        assertEquals(
                List.of(
                        "0 REQUEST" + ALL,
                        "0 probe 10.0.2.100",
                        "1 probe 10.0.2.100",
                        "2 probe 10.0.2.100",
                        "4 bound 10.0.2.100/24",
                        "4 announce 10.0.2.100",
                        "6 announce 10.0.2.100"),
                probing.log);
    }

    @Test
    void shouldAskAfreshWhenNobodyAnswers() {
        bench.start();
        int xid = bench.last().xid();

        bench.runUntil(13);

        assertEquals(List.of("0 REQUEST" + ALL, "4 REQUEST" + ALL, "12 DISCOVER" + ALL), bench.log);
        assertNotEquals(xid, bench.last().xid());
        bench.offer();
        bench.ack();
        assertEquals(DhcpState.BOUND, bench.client.state());
    }

    @Test
    void shouldAskAfreshWhenItIsRefused() {
        bench.start();
        bench.answer(DhcpOptions.NAK, ClientBench::named);
        assertEquals(DhcpState.INIT, bench.client.state());

        bench.runUntil(2);

        assertEquals(List.of("0 REQUEST" + ALL, "1 DISCOVER" + ALL), bench.log, "no onLost: there was no lease");
    }

    @Test
    void shouldAskForTheAddressAtEachStart() {
        bench.start();
        bench.ack();
        bench.client.stop();
        bench.start();

        assertEquals(
                List.of("0 REQUEST" + ALL, "0 bound 10.0.2.100/24", "0 lost 10.0.2.100/24", "0 REQUEST" + ALL),
                bench.log);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x0A000265, 0, 0x7F000001})
    void shouldTakeNoOtherAddress(int address) {
        bench.start();
        bench.answer(DhcpOptions.ACK, writer -> {
            ClientBench.usual(writer);
            writer.yiaddr(address);
        });

        assertNull(bench.client.lease());
        assertEquals(1, bench.client.ignoredMessages());
    }

    @Test
    void shouldTakeNoAnswerOfNobodyAndNoOffer() {
        bench.start();
        bench.answer(DhcpOptions.NAK, writer -> {});
        bench.offer();

        assertEquals(DhcpState.REBOOTING, bench.client.state());
        assertEquals(2, bench.client.ignoredMessages());
    }

    @Test
    void shouldHaveItsAddressAgainFromItsOwnServer() {
        try (Lan lan = Lan.withDefaults()) {
            Lan.Host before = lan.host(1);
            before.start();
            IpAddress address = Objects.requireNonNull(before.client.lease()).address();
            before.client.stop(); // without a word: the host was switched off
            lan.hosts.clear();
            int frames = lan.framesFromServer;

            Lan.Host after = lan.host(
                    DhcpClientConfig.builder(Lan.mac(1))
                            .arpProbe(false)
                            .previousAddress(address)
                            .build(),
                    Lan.mac(1));
            after.start();

            assertEquals(address, Objects.requireNonNull(after.client.lease()).address());
            assertEquals(1, lan.framesFromServer - frames, "an ACK and no OFFER");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "fd00::1"})
    void shouldRefuseWhatNoHostCanHave(String address) {
        DhcpClientConfig.Builder builder = DhcpClientConfig.builder(ClientBench.MAC);

        assertThrows(IllegalArgumentException.class, () -> builder.previousAddress(IpAddress.parse(address)));
    }
}

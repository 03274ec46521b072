// SPDX-License-Identifier: MIT
package io.pktkit.lab.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.DhcpClientConfig;
import io.pktkit.dhcp.Lease;
import io.pktkit.iphost.socket.VirtualServerSocket;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.l2adapter.LeaseListener;
import io.pktkit.lab.control.ControlClient;
import io.pktkit.lab.control.ControlServer;
import io.pktkit.nat.observe.NatForwardException;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The gateway between a guest and a server in this process. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NatGatewayTest {

    @TempDir
    private Path directory;

    private final VirtualClient guest = new VirtualClient();
    private final VirtualClient server = new VirtualClient();
    private final CompletableFuture<Lease> lease = new CompletableFuture<>();
    private NatGateway gateway;
    private L2Adapter guestLink;
    private L2Adapter serverLink;

    static NatGatewayConfig.Builder config() {
        return NatGatewayConfig.builder(
                        IpPrefix.parse("10.5.0.1/24"), IpPrefix.parse("203.0.113.2/24"), IpAddress.parse("203.0.113.1"))
                .resolvConf(Path.of("/nonexistent"));
    }

    @BeforeEach
    void bringUp() throws Exception {
        guestLink = L2Adapter.builder(guest)
                .leaseListener(new LeaseListener() {
                    @Override
                    public void onBound(Lease bound) {
                        guest.setDnsServers(bound.dnsServers());
                        lease.complete(bound);
                    }

                    @Override
                    public void onLost(Lease lost) {}
                })
                .build();
        server.setPrefix(IpPrefix.parse("203.0.113.1/24"));
        serverLink = L2Adapter.builder(server).build();
        gateway = NatGateway.open(config().build(), guestLink, serverLink);
        guestLink.startDhcp(DhcpClientConfig.builder(guestLink.macAddress())
                .hostname("alice")
                .arpProbe(false)
                .build());
        lease.get(30, TimeUnit.SECONDS);
    }

    @AfterEach
    void takeDown() {
        gateway.close();
        guestLink.close();
        serverLink.close();
        guest.close();
        server.close();
    }

    /** Says who called to the first who calls; on a thread of its own, as the common pool may have but one. */
    private static FutureTask<String> caller(VirtualServerSocket listener) {
        FutureTask<String> caller = new FutureTask<>(() -> {
            try (listener;
                    Socket accepted = listener.accept()) {
                accepted.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
                return IpAddress.of(accepted.getInetAddress()).toString();
            }
        });
        Thread thread = new Thread(caller, "server");
        thread.setDaemon(true);
        thread.start();
        return caller;
    }

    private static String read(Socket socket) throws IOException {
        try (socket) {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void shouldLeaseResolveAndTranslate() throws Exception {
        FutureTask<String> caller = caller(server.listen(80));

        assertEquals("hello", read(guest.dial("203.0.113.1", 80)));

        assertEquals("203.0.113.2", caller.get(30, TimeUnit.SECONDS));
        assertEquals(IpAddress.parse("10.5.0.2"), gateway.dhcpAddress());
        assertEquals(List.of(IpAddress.parse("10.5.0.1")), lease.get().dnsServers());
        assertEquals(List.of(IpAddress.parse("10.5.0.1")), guest.resolve("gateway.pktkit"));
        assertEquals(List.of(lease.get().address()), guest.resolve("alice.pktkit"), "what the guest calls itself");
    }

    @Test
    void shouldDoAsItIsTold() throws Exception {
        String own = lease.get().address().toString();
        try (ControlServer control = ControlServer.open(directory.resolve("state"))) {
            NatVerbs.register(control, gateway);
            FutureTask<String> caller = caller(guest.listen(9000));

            Map<String, Object> added = ControlClient.call(
                    directory.resolve("state"), "nat forward add", Map.of("forward", "tcp:8080=" + own + ":9000"));

            assertEquals("hello", read(server.dial("203.0.113.2", 8080)));
            assertEquals("203.0.113.1", caller.get(30, TimeUnit.SECONDS));
            Map<String, Object> mapping = Map.of(
                    "protocol",
                    "TCP",
                    "inside",
                    own + ":9000",
                    "outside",
                    "203.0.113.2:8080",
                    "origin",
                    "forward",
                    "sessions",
                    0L);
            assertEquals(Map.of("forward", mapping), added);
            Map<String, Object> shown = ControlClient.call(directory.resolve("state"), "nat show", Map.of());
            assertEquals(List.of("203.0.113.2"), shown.get("outside"));
            assertTrue(shown.get("mappings") instanceof List<?> all && all.size() == 1, shown.toString());
            IOException taken = assertThrows(
                    IOException.class,
                    () -> ControlClient.call(
                            directory.resolve("state"), "nat forward add", Map.of("forward", "tcp:8080=10.5.0.77:80")));
            assertTrue(String.valueOf(taken.getMessage()).contains("FORWARDED_TO_ANOTHER"), taken.toString());
            ControlClient.call(directory.resolve("state"), "nat forward rm", Map.of("port", "tcp:8080"));
            assertEquals(
                    Map.of("forwards", List.of()),
                    ControlClient.call(directory.resolve("state"), "nat forward ls", Map.of()));
            assertThrows(
                    IOException.class,
                    () -> ControlClient.call(directory.resolve("state"), "nat forward rm", Map.of("port", "tcp:8080")));
        }
    }

    @Test
    void shouldRefuseAForwardToSomebodyElsesPort() throws NatForwardException {
        gateway.forward(NatForward.parse("tcp:80=10.5.0.9:80"));

        assertThrows(NatForwardException.class, () -> gateway.forward(NatForward.parse("tcp:80=10.5.0.8:80")));
        assertThrows(IllegalArgumentException.class, () -> gateway.forward(NatForward.parse("tcp:81=192.0.2.9:80")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        80=10.0.0.1:80          | tcp:PORT=ADDRESS:PORT
        tcp:80                  | it is
        tcp:0=10.0.0.1:80       | PORT
        tcp:1.2.3.4:80=10.0.0.1:80 | outside address
        tcp:80=host:80          | host
        sctp:80=10.0.0.1:80     | tcp:PORT=ADDRESS:PORT
        """)
    void shouldSayWhatIsNoForward(String text, String why) {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> NatForward.parse(text));
        assertTrue(String.valueOf(refused.getMessage()).contains(why), refused.getMessage());
    }
}

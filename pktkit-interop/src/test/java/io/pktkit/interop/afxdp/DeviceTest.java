// SPDX-License-Identifier: MIT
package io.pktkit.interop.afxdp;

import static io.pktkit.interop.afxdp.XdpWire.LIMIT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.afxdp.AfXdp;
import io.pktkit.afxdp.AfXdpStatistics;
import io.pktkit.afxdp.capture.XdpMode;
import io.pktkit.interop.Commands;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.Pings;
import io.pktkit.interop.tcp.Streams;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.link.Links;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A stack of ours behind an AF_XDP device, on addresses that it takes, beside those of the host. */
@NeedsPeer({"ip", "ping", "python3"})
@Timeout(400)
class DeviceTest {

    private static final int PORT = 7007;
    private static final int LENGTH = 5_000_000;

    /** Sends what it gets back, whole, and ends: {@code connect ADDRESS PORT FILE}, or {@code listen ADDRESS PORT}. */
    private static final String ECHO = """
        import socket, sys, threading
        verb, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        def echo(peer):
            while data := peer.recv(65536):
                peer.sendall(data)
            peer.shutdown(socket.SHUT_WR)
        if verb == "listen":
            server = socket.create_server((address, port), family=family)
            print("ready", flush=True)
            echo(server.accept()[0])
        else:
            sent = open(sys.argv[4], "rb").read()
            peer = socket.create_connection((address, port), timeout=120)
            def push():
                peer.sendall(sent)
                peer.shutdown(socket.SHUT_WR)
            threading.Thread(target=push).start()
            back = bytearray()
            while data := peer.recv(65536):
                back += data
            print("same" if bytes(back) == sent else "differs after %d" % len(back), flush=True)
        """;

    private XdpWire wire;
    private Path script;

    @BeforeEach
    void makeWire() throws IOException {
        wire = new XdpWire();
        script = Files.createTempFile("pktkit-echo", ".py");
        Files.writeString(script, ECHO);
    }

    @AfterEach
    void removeWire() throws IOException {
        wire.close();
        Files.delete(script);
    }

    private static VirtualClient host() throws IOException {
        VirtualClient host = new VirtualClient();
        host.setPrefix(IpPrefix.parse(XdpWire.TAKEN + "/24"));
        host.setPrefix(IpPrefix.parse(XdpWire.TAKEN_IPV6 + "/64"));
        return host;
    }

    private void ping(String address) {
        String told = wire.there
                .exec(LIMIT, "sh", "-c", Pings.command(5, "-i 0.05", address))
                .output();
        Pings.expectAll(5, told);
    }

    private String connect(String address, Path file) {
        return wire.there
                .exec(LIMIT, "/usr/bin/python3", script.toString(), "connect", address, "" + PORT, file.toString())
                .expectSuccess()
                .output();
    }

    /** Everything at once: both addresses of the host, by ping and TCP, and both of ours. */
    @ParameterizedTest
    @EnumSource(value = XdpMode.class)
    void shouldTakeItsAddressesAndLeaveTheHostsOwn(XdpMode mode) throws Exception {
        if (mode == XdpMode.GENERIC) {
            // Without a program in the driver the other end still hands over runs of segments as one, which no chunk
            // holds.
            wire.there("ip link set " + XdpWire.THEIRS + " gso_max_size 1500 gso_max_segs 1 || true");
        }
        byte[] sent = new byte[LENGTH];
        new Random(7).nextBytes(sent);
        Path file = Files.createTempFile("pktkit-sent", ".bin");
        Files.write(file, sent);
        try (AfXdp device = wire.open(XdpWire.config().mode(mode).build());
                VirtualClient host = host();
                L2Adapter adapter =
                        L2Adapter.builder(host).macAddress(device.macAddress()).build();
                var link = Links.connect(device, adapter)) {
            assertEquals(mode == XdpMode.GENERIC ? XdpMode.GENERIC : XdpMode.DRIVER, device.mode());
            assertFalse(device.isZeroCopy(), "veth cannot, and the kernel says so");

            ping(XdpWire.OUR_ADDRESS);
            ping(XdpWire.OUR_IPV6);
            ping(XdpWire.TAKEN);
            ping(XdpWire.TAKEN_IPV6);

            try (ServerSocket server = host.serverSocketFactory().createServerSocket(PORT)) {
                Future<Void> echo = Streams.beside(() -> echo(server, 2));
                assertTrue(connect(XdpWire.TAKEN, file).contains("same"));
                assertTrue(connect(XdpWire.TAKEN_IPV6, file).contains("same"));
                echo.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            }
            assertArrayEquals(sent, dial(host, XdpWire.THEIR_ADDRESS, sent));
            assertArrayEquals(sent, dial(host, XdpWire.THEIR_IPV6, sent));
            hostsOwn(file);

            AfXdpStatistics kernel = device.kernelStatistics();
            assertEquals(0, kernel.sendInvalid() + kernel.receiveInvalid(), kernel.toString());
            assertEquals(
                    0,
                    device.stats().snapshot().errors(),
                    device.stats().snapshot().toString());
            assertTrue(link.first().device() == device);
        } finally {
            Files.delete(file);
        }
        assertFalse(wire.link().contains("xdp"), wire.link());
        ping(XdpWire.OUR_ADDRESS);
    }

    private static Void echo(ServerSocket server, int connections) throws IOException {
        for (int i = 0; i < connections; i++) {
            try (Socket peer = server.accept()) {
                peer.getInputStream().transferTo(peer.getOutputStream());
                peer.shutdownOutput();
            }
        }
        return null;
    }

    /** The stack of ours dials the host at the other end, which sends all of it back. */
    private byte[] dial(VirtualClient host, String address, byte[] sent) throws Exception {
        Path output = Files.createTempFile("pktkit-echo", ".out");
        Process listener =
                wire.there.start(output, "/usr/bin/python3", script.toString(), "listen", address, "" + PORT);
        try {
            XdpWire.until(() -> "not listening", () -> read(output).contains("ready"));
            try (Socket socket = host.dial(address, PORT)) {
                Future<Void> push = Streams.beside(() -> push(socket, sent));
                byte[] back = socket.getInputStream().readAllBytes();
                push.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
                return back;
            }
        } finally {
            Commands.kill(listener);
            Files.delete(output);
        }
    }

    private static Void push(Socket socket, byte[] sent) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(sent);
        socket.shutdownOutput();
        return null;
    }

    /** TCP to the host itself, past the program. */
    private void hostsOwn(Path file) throws Exception {
        Path output = Files.createTempFile("pktkit-echo", ".out");
        Process listener = wire.here.start(
                output, "/usr/bin/python3", script.toString(), "listen", XdpWire.OUR_ADDRESS, "" + PORT);
        try {
            XdpWire.until(() -> "not listening", () -> read(output).contains("ready"));
            assertTrue(connect(XdpWire.OUR_ADDRESS, file).contains("same"));
        } finally {
            Commands.kill(listener);
            Files.delete(output);
        }
    }

    private static String read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }
}

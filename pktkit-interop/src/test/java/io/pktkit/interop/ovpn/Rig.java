// SPDX-License-Identifier: MIT
package io.pktkit.interop.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.device.L2Connector;
import io.pktkit.interop.Await;
import io.pktkit.interop.tcp.LinuxPeer;
import io.pktkit.interop.tcp.Streams;
import io.pktkit.link.Links;
import io.pktkit.ovpn.OvpnServer;
import io.pktkit.ovpn.OvpnServerConfig;
import io.pktkit.ovpn.client.ConnectedClient;
import io.pktkit.ovpn.pki.OvpnEndpoint;
import io.pktkit.ovpn.pki.OvpnPki;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.vclient.VirtualClientConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A server of ours on a wire, the folder of its PKI, and what is at its end of the tunnels. */
final class Rig implements AutoCloseable {
    static final Duration LIMIT = Await.LIMIT;
    static final int PORT = 1194;

    private static final int BULK = 1 << 20;

    private final Wire wire = new Wire();
    private final List<AutoCloseable> owned = new ArrayList<>();
    private final Path folder;

    /** The hosts at our end of each tunnel, the latest last. */
    final List<VirtualClient> hosts = new CopyOnWriteArrayList<>();

    final OvpnPki pki;
    final OvpnServer server;

    Rig(Path folder) throws IOException {
        this(folder, config -> {});
    }

    Rig(Path folder, Consumer<OvpnServerConfig.Builder> more) throws IOException {
        this(folder, more, null);
    }

    /** With a network of Ethernet for tap devices, or null for hosts of our own. */
    Rig(Path folder, Consumer<OvpnServerConfig.Builder> more, @Nullable L2Connector ethernet) throws IOException {
        this.folder = folder;
        try {
            pki = OvpnPki.init(folder.resolve("pki"), OvpnEndpoint.of(outer(1)));
            DatagramConfig bound = DatagramConfig.builder()
                    .address(IpAddress.parse(outer(1)))
                    .port(PORT)
                    .build();
            OvpnServerConfig.Builder config = pki.serverConfig()
                    .udp(bound)
                    .tcp(bound)
                    .subnet(IpPrefix.parse("10.8.0.1/24"))
                    .subnet(IpPrefix.parse("fd08::1/64"));
            more.accept(config);
            server = ethernet != null ? OvpnServer.bridged(config.build(), ethernet) : tenants(config.build());
        } catch (IOException | RuntimeException | Error e) {
            wire.close();
            throw e;
        }
    }

    private OvpnServer tenants(OvpnServerConfig config) throws IOException {
        return OvpnServer.tenants(config, device -> {
            VirtualClient host = new VirtualClient(VirtualClientConfig.DEFAULT.withMtu(device.mtu()));
            host.setPrefix(IpPrefix.parse("10.8.0.1/24"));
            host.setPrefix(IpPrefix.parse("fd08::1/64"));
            hosts.add(host);
            return Links.connect(device, host).first();
        });
    }

    String outer(int end) {
        return wire.outer(end);
    }

    /** Runs shell commands in the namespace, which must succeed. */
    String run(String commands) {
        return wire.run(commands);
    }

    /** The file of a client, without some of what is inline. */
    String fileWithout(String name, String... tags) throws IOException {
        Path file = folder.resolve("pki/clients/" + name + ".ovpn");
        if (!Files.exists(file)) {
            pki.addClient(name);
        }
        String text = Files.readString(file);
        for (String tag : tags) {
            text = text.replaceAll("(?s)<" + tag + ">.*</" + tag + ">\n", "");
        }
        return text;
    }

    Path write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.writeString(file, text);
        return file;
    }

    /** Starts the client of a name, with its file as it is. */
    StockClient start(String name, String... options) throws IOException {
        return startFrom(fileWithout(name), options);
    }

    /** Starts a client with the text of a file. */
    StockClient startFrom(String text, String... options) throws IOException {
        StockClient client = new StockClient(wire.namespace(), folder, text, options);
        owned.add(client);
        return client;
    }

    /** Starts a client of another version. */
    StockClient startProgram(String program, String name, String... options) throws IOException {
        return startProgramFrom(program, fileWithout(name), options);
    }

    /** The same with the text of a file. */
    StockClient startProgramFrom(String program, String text, String... options) throws IOException {
        StockClient client = new StockClient(program, wire.namespace(), folder, text, options);
        owned.add(client);
        return client;
    }

    /** Starts the program of OpenVPN 3 with the text of a file. */
    StockClient startCore(String program, String text, String... options) throws IOException {
        StockClient client = StockClient.core(program, wire.namespace(), folder, text, options);
        owned.add(client);
        return client;
    }

    /** The host that the latest client was connected to. */
    VirtualClient host() {
        return hosts.get(hosts.size() - 1);
    }

    /** Who is in; exactly one. */
    ConnectedClient only() {
        List<ConnectedClient> in = server.clients();
        assertEquals(1, in.size(), () -> in.toString());
        return in.get(0);
    }

    /** Everything that is to go through a tunnel: pings and streams both ways, in both families. */
    void exchange() throws IOException {
        for (IpFamily family : IpFamily.values()) {
            IpAddress inside = innerOfClient(family);
            host().ping(inside, LIMIT);
            run("ping -c 1 -W 60 " + inner(family));
            weDial(inside);
        }
        clientDials(IpFamily.IPV4, BULK);
    }

    /** We dial and send, and the client's end answers when it has all. */
    private void weDial(IpAddress inside) throws IOException {
        try (LinuxPeer linux = new LinuxPeer(
                        LIMIT,
                        wire.namespace().name(),
                        LinuxPeer.words("", "tcp-listen", inside, 0, "eof", "send:" + BULK + ":" + Streams.SEED));
                Socket socket = host().dial(inside.toString(), linux.port())) {
            String sent = Streams.send(socket.getOutputStream(), BULK, Streams.SEED);
            socket.shutdownOutput();
            assertEquals(BULK + " " + sent, linux.expect("received"), "seed " + Streams.SEED);
            String received = Streams.receive(socket.getInputStream());
            assertEquals(BULK + " " + linux.expect("sent"), received, "seed " + Streams.SEED);
        }
    }

    /** The client's end dials and sends, and we answer when we have all. */
    void clientDials(IpFamily family, long bytes) throws IOException {
        try (var listener = host().listen(7000);
                LinuxPeer linux = new LinuxPeer(
                        LinuxPeer.LIMIT,
                        wire.namespace().name(),
                        LinuxPeer.words(
                                "",
                                "tcp-connect",
                                inner(family),
                                7000,
                                "send:" + bytes + ":" + Streams.SEED,
                                "shut",
                                "eof"));
                Socket socket = listener.accept()) {
            linux.expect("connected");
            String received = Streams.receive(socket.getInputStream());
            assertEquals(bytes + " " + linux.expect("sent"), received, "seed " + Streams.SEED);
            String sent = Streams.send(socket.getOutputStream(), bytes, Streams.SEED);
            socket.shutdownOutput();
            assertEquals(bytes + " " + sent, linux.expect("received"), "seed " + Streams.SEED);
        }
    }

    static IpAddress inner(IpFamily family) {
        return IpAddress.parse(family == IpFamily.IPV4 ? "10.8.0.1" : "fd08::1");
    }

    IpAddress innerOfClient(IpFamily family) {
        IpPrefix address = only().settings().address(family);
        if (address == null) {
            throw new AssertionError("the client has no address of " + family);
        }
        return address.address();
    }

    /** Looks again and again until something holds. */
    static void await(String what, BooleanSupplier holds) {
        await(LIMIT, what, holds);
    }

    static void await(Duration limit, String what, BooleanSupplier holds) {
        Await.within(limit, () -> what, holds);
    }

    @Override
    public void close() {
        try {
            for (AutoCloseable each : owned) {
                each.close();
            }
            server.close();
            hosts.forEach(VirtualClient::close);
        } catch (Exception e) {
            throw new AssertionError("closing failed", e);
        } finally {
            wire.close();
        }
    }
}

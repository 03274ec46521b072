// SPDX-License-Identifier: MIT
package io.pktkit.cli.wg;

import io.pktkit.cli.UsageException;
import io.pktkit.lab.relay.RelaySpec;
import io.pktkit.lab.relay.RelaySpec.HostPort;
import io.pktkit.lab.relay.Socks5;
import io.pktkit.lab.relay.TcpRelay;
import io.pktkit.lab.relay.UdpRelay;
import io.pktkit.lab.relay.UdpSide;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Ports that lead through a tunnel, and back. Each is told in a line when it is open. */
final class TunnelPorts implements AutoCloseable {
    private static final int BACKLOG = 128;
    private static final int CONNECT_MILLIS = 30_000;

    private final VirtualClient client;
    private final List<AutoCloseable> open = new CopyOnWriteArrayList<>();

    TunnelPorts(VirtualClient client) {
        this.client = client;
    }

    String forward(RelaySpec spec) throws UsageException {
        try {
            if (spec.udp()) {
                UdpSide front = UdpSide.of(new DatagramSocket(here(spec.address(), spec.port())));
                IpAddress target = inside(front, spec.host());
                UdpRelay relay =
                        UdpRelay.start(front, () -> UdpSide.of(client.openDatagram(0)), target, spec.targetPort());
                open.add(relay);
                return told("udp", spec.address(), relay.port(), spec, "inside");
            }
            TcpRelay relay = TcpRelay.start(
                    listen(spec.address(), spec.port()), accepted -> client.dial(spec.host(), spec.targetPort()));
            open.add(relay);
            return told("tcp", spec.address(), relay.port(), spec, "inside");
        } catch (IOException | IllegalArgumentException e) {
            throw refused("--forward", spec, e);
        }
    }

    /** A name inside may not be resolved yet, while the first handshake is under way; the resolver waits for it. */
    private IpAddress inside(UdpSide front, String host) throws IOException {
        try {
            return client.resolve(host).get(0);
        } catch (IOException | RuntimeException e) {
            front.close();
            throw e;
        }
    }

    String reverse(RelaySpec spec) throws UsageException {
        try {
            if (spec.address() != null && !isOurs(IpAddress.parse(spec.address()))) {
                throw new IllegalArgumentException("inside we have no address " + spec.address());
            }
            if (spec.udp()) {
                IpAddress target = IpAddress.of(InetAddress.getByName(spec.host()));
                UdpRelay relay = UdpRelay.start(
                        UdpSide.of(client.openDatagram(spec.port())),
                        () -> UdpSide.of(new DatagramSocket()),
                        target,
                        spec.targetPort());
                open.add(relay);
                return told("udp inside", spec.address(), relay.port(), spec, "outside");
            }
            TcpRelay relay = TcpRelay.start(client.listen(spec.port()), accepted -> outside(spec));
            open.add(relay);
            return told("tcp inside", spec.address(), relay.port(), spec, "outside");
        } catch (IOException | IllegalArgumentException e) {
            throw refused("--reverse", spec, e);
        }
    }

    private boolean isOurs(IpAddress address) {
        return client.prefix(address.family()).address().equals(address);
    }

    private static Socket outside(RelaySpec spec) throws IOException {
        return connect(new Socket(), spec);
    }

    /** Closes a socket that does not get there: the JDK leaves that to its owner, for a name that is not known. */
    static Socket connect(Socket socket, RelaySpec spec) throws IOException {
        try {
            socket.connect(new InetSocketAddress(spec.host(), spec.targetPort()), CONNECT_MILLIS);
            if (socket.getLocalSocketAddress().equals(socket.getRemoteSocketAddress())) {
                throw new ConnectException("nobody listens at " + spec.host() + " port " + spec.targetPort()
                        + ": the socket has met itself");
            }
            return socket;
        } catch (IOException | RuntimeException | Error failure) {
            socket.close();
            throw failure;
        }
    }

    String socks(HostPort where) throws UsageException {
        try {
            TcpRelay relay = TcpRelay.start(
                    listen(where.host(), where.port()), new Socks5((host, port) -> client.dial(host, port)));
            open.add(relay);
            return "socks " + shown(where.host()) + ":" + relay.port();
        } catch (IOException | IllegalArgumentException e) {
            throw new UsageException("--socks " + shown(where.host()) + ":" + where.port() + ": " + e.getMessage(), e);
        }
    }

    private static ServerSocket listen(@Nullable String address, int port) throws IOException {
        InetSocketAddress here = here(address, port);
        return new ServerSocket(here.getPort(), BACKLOG, here.getAddress());
    }

    private static InetSocketAddress here(@Nullable String address, int port) {
        return new InetSocketAddress(
                address == null
                        ? InetAddress.getLoopbackAddress()
                        : IpAddress.parse(address).toInetAddress(),
                port);
    }

    private static String told(String kind, @Nullable String address, int port, RelaySpec spec, String where) {
        String near = kind.endsWith("inside") && address == null ? "port " + port : shown(address) + ":" + port;
        return String.format(
                Locale.ROOT, "%s %s leads to %s:%d %s", kind, near, bracketed(spec.host()), spec.targetPort(), where);
    }

    private static String shown(@Nullable String address) {
        return address == null ? InetAddress.getLoopbackAddress().getHostAddress() : bracketed(address);
    }

    private static String bracketed(String host) {
        return host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    }

    private static UsageException refused(String option, RelaySpec spec, Exception why) {
        return new UsageException(
                option + " " + (spec.udp() ? "udp:" : "") + spec.port() + "=" + bracketed(spec.host()) + ":"
                        + spec.targetPort() + ": " + why.getMessage(),
                why);
    }

    @Override
    public void close() {
        for (AutoCloseable relay : open) {
            try {
                relay.close();
            } catch (Throwable e) {
                System.getLogger(TunnelPorts.class.getName()).log(System.Logger.Level.WARNING, "closing a port", e);
            }
        }
    }
}

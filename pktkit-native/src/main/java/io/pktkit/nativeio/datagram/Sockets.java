// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.datagram;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.NativeIoException;
import io.pktkit.nativeio.UdpSocket;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/** The bound sockets of an endpoint: one of each family, on one port. */
final class Sockets {

    /** How often a port that is free in one family may be taken in the other before it is given up. */
    private static final int PORT_TRIES = 16;

    private final Map<IpFamily, UdpSocket> byFamily = new EnumMap<>(IpFamily.class);
    private final Map<IpFamily, IpAddress> addresses = new EnumMap<>(IpFamily.class);
    private int port;

    private Sockets(int port) {
        this.port = port;
    }

    /** Binds what is configured. A family that the system lacks is left out unless it was asked for by an address. */
    static Sockets bind(DatagramConfig config) throws IOException {
        for (int tries = 1; ; tries++) {
            Sockets sockets = new Sockets(config.port());
            try {
                sockets.bindAll(config);
                return sockets;
            } catch (NativeIoException failure) {
                // IPv4 came first: only its choice of a port can be taken in the other family
                boolean taken = failure.errno() == Errno.EADDRINUSE && sockets.byFamily.size() == 1;
                sockets.close();
                if (!taken || config.port() != 0 || tries == PORT_TRIES) {
                    throw failure;
                }
            } catch (IOException | RuntimeException failure) {
                sockets.close();
                throw failure;
            }
        }
    }

    Map<IpFamily, UdpSocket> byFamily() {
        return byFamily;
    }

    Map<IpFamily, IpAddress> addresses() {
        return addresses;
    }

    int port() {
        return port;
    }

    void close() {
        byFamily.values().forEach(UdpSocket::close);
    }

    private void bindAll(DatagramConfig config) throws IOException {
        if (!config.addresses().isEmpty()) {
            for (IpAddress address : config.addresses().values()) {
                bindOne(config, address);
            }
            return;
        }
        NativeIoException absent = null;
        for (IpFamily family : IpFamily.values()) {
            try {
                bindOne(config, IpAddress.unspecified(family));
            } catch (NativeIoException failure) {
                if (!isAbsent(failure.errno())) {
                    throw failure;
                }
                absent = failure;
            }
        }
        if (byFamily.isEmpty() && absent != null) {
            throw absent;
        }
    }

    private static boolean isAbsent(int errno) {
        return errno == Errno.EAFNOSUPPORT || errno == Errno.EADDRNOTAVAIL;
    }

    private void bindOne(DatagramConfig config, IpAddress address) throws IOException {
        UdpSocket socket = UdpSocket.open(address.isIpv6());
        try {
            configure(config, socket, address.isIpv6());
            socket.bind(address, address.isLinkLocal() ? config.scope() : 0, port);
            port = socket.port();
        } catch (IOException | RuntimeException failure) {
            socket.close();
            throw failure;
        }
        byFamily.put(address.family(), socket);
        addresses.put(address.family(), address);
    }

    private static void configure(DatagramConfig config, UdpSocket socket, boolean ipv6) throws NativeIoException {
        setBuffer(socket, UdpSocket.SO_RCVBUFFORCE, UdpSocket.SO_RCVBUF, config.receiveBuffer());
        setBuffer(socket, UdpSocket.SO_SNDBUFFORCE, UdpSocket.SO_SNDBUF, config.sendBuffer());
        int level = ipv6 ? UdpSocket.SOL_IPV6 : UdpSocket.SOL_IP;
        require(socket, level, ipv6 ? UdpSocket.IPV6_RECVPKTINFO : UdpSocket.IP_PKTINFO, "IP_PKTINFO");
        require(socket, level, ipv6 ? UdpSocket.IPV6_RECVTCLASS : UdpSocket.IP_RECVTOS, "IP_RECVTOS");
    }

    /** Over the system's limit where this process may; otherwise the kernel cuts the size down to it. */
    private static void setBuffer(UdpSocket socket, int forced, int limited, int bytes) {
        if (socket.setOption(UdpSocket.SOL_SOCKET, forced, bytes) < 0) {
            socket.setOption(UdpSocket.SOL_SOCKET, limited, bytes);
        }
    }

    private static void require(UdpSocket socket, int level, int option, String name) throws NativeIoException {
        int result = socket.setOption(level, option, 1);
        if (result < 0) {
            throw new NativeIoException("setsockopt " + name, -result);
        }
    }
}

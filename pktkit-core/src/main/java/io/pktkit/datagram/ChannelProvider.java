// SPDX-License-Identifier: MIT
package io.pktkit.datagram;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Endpoints over the JDK's {@link DatagramChannel}.
 *
 * <p>The JDK opens IPv6 sockets that carry IPv4 too, so one socket serves all addresses of both families. A wildcard of
 * one family beside an address of the other cannot be had from it.
 */
final class ChannelProvider implements DatagramProvider {

    /** How often a port that is free in one family may be taken in the other before it is given up. */
    private static final int PORT_TRIES = 16;

    @Override
    public String name() {
        return "portable";
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public boolean isAvailable() {
        return true;
    }

    @Override
    public DatagramEndpoint open(DatagramConfig config) throws IOException {
        Map<IpFamily, IpAddress> wanted = config.addresses();
        for (int tries = 1; ; tries++) {
            try {
                return wanted.isEmpty() || (wanted.size() == 2 && allUnspecified(wanted))
                        ? openAll(config)
                        : openEach(config);
            } catch (PortTakenException taken) {
                if (tries == PORT_TRIES) {
                    throw taken;
                }
            }
        }
    }

    private static boolean allUnspecified(Map<IpFamily, IpAddress> addresses) {
        return addresses.values().stream().allMatch(IpAddress::isUnspecified);
    }

    private static DatagramEndpoint openAll(DatagramConfig config) throws IOException {
        try {
            return openOne(config, IpFamily.IPV6, List.of(IpFamily.IPV4, IpFamily.IPV6));
        } catch (UnsupportedOperationException absent) {
            if (config.addresses().containsKey(IpFamily.IPV6)) {
                throw new IOException(
                        "UDP [::] cannot be bound: this system has no IPv6; leave the address out", absent);
            }
            return openOne(config, IpFamily.IPV4, List.of(IpFamily.IPV4));
        }
    }

    private static DatagramEndpoint openOne(DatagramConfig config, IpFamily family, List<IpFamily> carries)
            throws IOException {
        Map<IpFamily, DatagramChannel> channels = new EnumMap<>(IpFamily.class);
        DatagramChannel channel = bind(config, IpAddress.unspecified(family), config.port());
        carries.forEach(carried -> channels.put(carried, channel));
        return endpoint(config, channels);
    }

    private static DatagramEndpoint openEach(DatagramConfig config) throws IOException {
        Map<IpFamily, DatagramChannel> channels = new EnumMap<>(IpFamily.class);
        int port = config.port();
        try {
            for (IpAddress address : config.addresses().values()) {
                DatagramChannel channel = bind(config, address, port);
                channels.put(address.family(), channel);
                port = localPort(channel);
            }
        } catch (IOException | UnsupportedOperationException failure) {
            closeAll(channels);
            if (failure instanceof IOException refused && channels.size() == 1 && config.port() == 0) {
                throw new PortTakenException(refused);
            }
            throw failure instanceof IOException told
                    ? told
                    : new IOException(
                            "UDP " + config.addresses() + " cannot be bound: this system lacks one of the families",
                            failure);
        }
        return endpoint(config, channels);
    }

    private static DatagramEndpoint endpoint(DatagramConfig config, Map<IpFamily, DatagramChannel> channels)
            throws IOException {
        try {
            return new ChannelEndpoint(config, channels);
        } catch (IOException | RuntimeException failure) {
            closeAll(channels);
            throw failure;
        }
    }

    private static DatagramChannel bind(DatagramConfig config, IpAddress address, int port) throws IOException {
        DatagramChannel channel =
                DatagramChannel.open(address.isIpv4() ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.SO_RCVBUF, config.receiveBuffer());
            channel.setOption(StandardSocketOptions.SO_SNDBUF, config.sendBuffer());
            channel.bind(new InetSocketAddress(jdkAddress(address, config.scope()), port));
            return channel;
        } catch (IOException failure) {
            channel.close();
            throw new IOException(
                    "UDP " + text(address) + " port " + port + " cannot be bound: " + failure.getMessage()
                            + remedy(failure),
                    failure);
        }
    }

    private static String remedy(IOException failure) {
        String reason = String.valueOf(failure.getMessage());
        if (reason.contains("in use")) {
            return ": end the program that has the port, or choose another";
        }
        if (reason.contains("denied")) {
            return ": choose a port from 1024 on, or run with the right to bind lower ones";
        }
        return reason.contains("assign") ? ": no interface has this address, choose one that has" : "";
    }

    static InetAddress jdkAddress(IpAddress address, int scope) throws IOException {
        return scope != 0 && address.isIpv6() && address.isLinkLocal()
                ? Inet6Address.getByAddress(null, address.toBytes(), scope)
                : address.toInetAddress();
    }

    static int localPort(DatagramChannel channel) throws IOException {
        return ((InetSocketAddress) channel.getLocalAddress()).getPort();
    }

    static String text(IpAddress address) {
        return address.isIpv4() ? address.toString() : "[" + address + "]";
    }

    static void closeAll(Map<IpFamily, DatagramChannel> channels) {
        for (DatagramChannel channel : new ArrayList<>(channels.values())) {
            try {
                channel.close();
            } catch (IOException ignored) {
                // It is closed all the same, and there is nothing that a caller could do about it.
            }
        }
    }

    /** A port that the system chose in one family is not free in the other. */
    private static final class PortTakenException extends IOException {

        private static final long serialVersionUID = 1L;

        PortTakenException(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }
}

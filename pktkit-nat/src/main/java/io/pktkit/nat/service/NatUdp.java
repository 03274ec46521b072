// SPDX-License-Identifier: MIT
package io.pktkit.nat.service;

import io.pktkit.iphost.DatagramQueue;
import io.pktkit.iphost.UdpPort;
import io.pktkit.iphost.socket.HostShell;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A UDP port of a {@link NatHost}. Any thread. */
public final class NatUdp implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(NatUdp.class.getName());

    /** Takes what comes. Called under the lock of the host: it must not block. */
    @FunctionalInterface
    public interface Handler {
        /**
         * Takes a datagram.
         *
         * @param port where it came to
         * @param payload what it holds, the handler's to keep
         * @param from who sent it, a host of the link's network or of a network behind it
         * @param fromPort its port
         */
        void datagram(NatUdp port, byte[] payload, IpAddress from, int fromPort);
    }

    private final HostShell shell;
    private final int maxLength;
    private final Handler handler;

    /** By the lock of the host; null until it is open. */
    private @Nullable UdpPort port;

    private NatUdp(HostShell shell, int maxLength, Handler handler) {
        this.shell = shell;
        this.maxLength = maxLength;
        this.handler = handler;
    }

    /**
     * Opens a port.
     *
     * @param host whose
     * @param address the address to receive on; null for all of the host's, and its groups
     * @param number the port
     * @param maxLength of a payload, in bytes; what is longer is dropped
     * @param handler takes what comes
     * @return the port
     * @throws SocketException if it is taken
     */
    public static NatUdp open(NatHost host, @Nullable IpAddress address, int number, int maxLength, Handler handler)
            throws SocketException {
        NatUdp opened = new NatUdp(host.shell(), maxLength, handler);
        opened.shell.enter();
        try {
            opened.port = opened.shell.host().udp().open(address, number, opened::onChange);
        } finally {
            opened.shell.leave();
        }
        return opened;
    }

    private void onChange() {
        UdpPort open = port;
        DatagramQueue queue = open == null ? null : open.queue();
        if (queue == null) {
            return;
        }
        for (int length = queue.nextLength(); length >= 0; length = queue.nextLength()) {
            byte[] payload = new byte[Math.min(length, maxLength)];
            queue.poll(ByteBuffer.wrap(payload));
            if (length <= maxLength) {
                handler.datagram(this, payload, queue.address(), queue.port());
            }
        }
    }

    /**
     * Sends a datagram, which may be lost as on any network.
     *
     * @param to a host or a group
     * @param toPort its port
     * @param payload what to say
     */
    public void send(IpAddress to, int toPort, byte[] payload) {
        shell.enter();
        try {
            UdpPort open = port;
            if (open != null && !open.isClosed()) {
                open.send(to, toPort, ByteBuffer.wrap(payload), shell.nowNanos());
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "datagram to " + to, e);
        } finally {
            shell.leave();
        }
    }

    /** Frees the port. Idempotent. */
    @Override
    public void close() {
        shell.enter();
        try {
            UdpPort open = port;
            if (open != null) {
                open.close();
            }
        } finally {
            shell.leave();
        }
    }
}

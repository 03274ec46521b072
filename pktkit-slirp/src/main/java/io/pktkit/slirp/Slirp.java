// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import io.pktkit.device.L3Connector;
import io.pktkit.device.L3Device;
import io.pktkit.device.Registration;
import io.pktkit.slirp.internal.SlirpStack;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.util.List;

/**
 * A gateway in user space: guests on the connected devices reach the host's network through sockets of this process.
 *
 * <p>A guest's SYN is answered only after the real connection stands, so a refused port is refused at once and an unreachable one
 * times out as it would outside. Either side's FIN closes one direction, either side's reset resets the other. Datagrams leave from
 * one socket per guest endpoint; a closed port comes back as an ICMP error. Echo requests are answered for the stack's own address
 * only. See {@link SlirpConfig.Builder#allowHost(int)} for how guests reach the host itself.
 *
 * <p>Safe for any thread.
 */
public final class Slirp implements L3Connector, AutoCloseable {
    private final SlirpStack stack;

    private Slirp(SlirpStack stack) {
        this.stack = stack;
    }

    /**
     * Starts a gateway and its one thread.
     *
     * @param config how it is set up
     * @return the gateway, to be closed by the caller
     * @throws IOException when the system gives no selector
     */
    public static Slirp open(SlirpConfig config) throws IOException {
        return new Slirp(new SlirpStack(config));
    }

    /**
     * Connects a device: a namespace of its own. The device stays the caller's; when it is done,
     * the namespace ends by itself.
     *
     * @param device brings the guests' packets, and takes those for them
     * @return closes the namespace and everything it holds
     * @throws IOException when the gateway is closed or holds as many namespaces as it may
     * @throws IllegalStateException if somebody is attached to the device already, or it is closed
     */
    @Override
    public SlirpAttachment connect(L3Device device) throws IOException {
        return stack.connect(device);
    }

    /**
     * Answers a UDP port of the stack's own addresses, in every namespace.
     *
     * @param port 1 to 65535
     * @param service gets the datagrams
     * @return stops the service
     * @throws IOException when the port is taken
     */
    public Registration bindUdp(int port, UdpService service) throws IOException {
        return stack.bindUdp(null, port, service);
    }

    /**
     * Answers a UDP port of any virtual address, in every namespace. Goes before the NAT, so it may stand in for a real address.
     *
     * @param address the address guests send to
     * @param port 1 to 65535
     * @param service gets the datagrams
     * @return stops the service
     * @throws IOException when the port is taken
     */
    public Registration bindUdp(IpAddress address, int port, UdpService service) throws IOException {
        return stack.bindUdp(address, port, service);
    }

    /**
     * Listens on a TCP port of the stack's own addresses, in every namespace.
     *
     * @param port 1 to 65535
     * @return the listener
     * @throws IOException when the port is taken or the gateway closed
     */
    public SlirpServerSocket listen(int port) throws IOException {
        return new SlirpServerSocket(stack.listen(null, port));
    }

    /**
     * Listens on a TCP port of any virtual address, in every namespace. Goes before the NAT.
     *
     * @param address the address guests connect to
     * @param port 1 to 65535
     * @return the listener
     * @throws IOException when the port is taken or the gateway closed
     */
    public SlirpServerSocket listen(IpAddress address, int port) throws IOException {
        return new SlirpServerSocket(stack.listen(address, port));
    }

    /**
     * What all namespaces hold, and what the gateway has counted since it was opened.
     *
     * @return a snapshot
     */
    public SlirpSnapshot snapshot() {
        return stack.snapshot();
    }

    /**
     * Lists what goes on: the TCP connections and UDP endpoints of all guests. Takes the lock of one namespace after the other.
     *
     * @return a snapshot, in no order
     */
    public List<SlirpFlow> flows() {
        return stack.flows();
    }

    /** Closes all namespaces and listeners and stops the thread. Idempotent. */
    @Override
    public void close() {
        stack.close();
    }
}

// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.AddressState;
import io.pktkit.device.DropReason;
import io.pktkit.device.Offload;
import io.pktkit.dns.stub.DnsResolver;
import io.pktkit.dns.upstream.DnsClient;
import io.pktkit.dns.upstream.DnsClientConfig;
import io.pktkit.iphost.HostAddresses;
import io.pktkit.iphost.IpHost;
import io.pktkit.iphost.IpHostConfig;
import io.pktkit.iphost.socket.HostShell;
import io.pktkit.iphost.socket.StreamSocketImpl;
import io.pktkit.iphost.socket.VirtualServerSocket;
import io.pktkit.iphost.socket.VirtualSocket;
import io.pktkit.time.Timers;
import io.pktkit.vclient.http.HttpClient;
import io.pktkit.vclient.internal.StackDnsTransport;
import io.pktkit.vtcp.host.TcpHostConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * A host inside a virtual network: connect it to a hub, an adapter or a tunnel, give it an address, and dial, listen, look
 * up names and fetch pages.
 *
 * <pre>{@code
 * try (VirtualClient client = new VirtualClient()) {
 *     client.setPrefix(IpPrefix.parse("10.0.0.2/24"));
 *     client.setDnsServers(List.of(IpAddress.parse("10.0.0.1")));
 *     hub.connect(client);
 *     String page = client.http().get("http://server.lan/").text();
 * }
 * }</pre>
 *
 * <p>Which addresses are near and which are behind a gateway does not matter at this layer: every packet goes to whom the
 * client is connected. Without an address of a family, that family is not used. Any thread; see the package for blocking
 * and closing.
 */
public final class VirtualClient extends AbstractL3Device {
    /** How long connecting may take when nothing else is said. */
    public static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(30);

    private static final int BACKLOG = 128;

    /** What comes in is taken as it is. */
    private static final Set<Offload> OFFLOADS = Set.of(Offload.SEGMENTATION, Offload.CHECKSUM);

    private final Timers timers;
    private final HostAddresses addresses = new HostAddresses();
    private final HostShell shell;
    private final DnsClient dns;
    private final DnsResolver resolver;
    private final HttpClient http;

    /** A client with {@link VirtualClientConfig#DEFAULT}, as yet without an address. */
    public VirtualClient() {
        this(VirtualClientConfig.DEFAULT);
    }

    /**
     * A client as yet without an address.
     *
     * @param config its settings
     */
    public VirtualClient(VirtualClientConfig config) {
        this.timers = config.timers();
        TcpHostConfig tcp = TcpHostConfig.of(config.tcp()).withMaxConnections(config.maxConnections());
        addresses.setGroupListener(this::changed);
        this.shell = new HostShell(timers, IpHostConfig.of(tcp), addresses, delivering(), stats()::sendDropped);
        this.dns = new DnsClient(timers, new StackDnsTransport(shell), DnsClientConfig.DEFAULT);
        this.resolver = new DnsResolver(dns);
        shell.setNames(this::lookUp);
        this.http = new HttpClient(this::dial, timers);
    }

    /**
     * Opens a TCP connection.
     *
     * @param host a name, resolved over the virtual network, or an address
     * @param port 1 to 65535
     * @param timeout how long name lookup and connecting may take together, more than zero
     * @return a connected socket
     * @throws IOException if there is none in time: a {@link java.net.ConnectException} if it was refused, a {@link
     *     java.net.SocketTimeoutException} if nobody answered, a {@link java.net.NoRouteToHostException} if there is no way
     *     there, a {@link java.net.UnknownHostException} if the name is not known
     */
    public VirtualSocket dial(String host, int port, Duration timeout) throws IOException {
        return dial(InetSocketAddress.createUnresolved(host, port), timeout);
    }

    /**
     * Opens a TCP connection within {@link #DEFAULT_CONNECT_TIMEOUT}.
     *
     * @param host a name or an address
     * @param port 1 to 65535
     * @return a connected socket
     * @throws IOException if there is none in time
     */
    public VirtualSocket dial(String host, int port) throws IOException {
        return dial(host, port, DEFAULT_CONNECT_TIMEOUT);
    }

    /**
     * Opens a TCP connection.
     *
     * @param remote where to; an unresolved name is resolved over the virtual network
     * @param timeout how long it may take, more than zero
     * @return a connected socket
     * @throws IOException as for {@link #dial(String, int, Duration)}
     */
    public VirtualSocket dial(InetSocketAddress remote, Duration timeout) throws IOException {
        VirtualSocket socket = new VirtualSocket(shell);
        socket.connect(remote, millis(timeout));
        return socket;
    }

    /**
     * Opens a TCP connection with something to say. With {@link io.pktkit.vtcp.TcpConfig#fastOpen} in the settings of this client,
     * and a cookie from an earlier connection to the same address, as much of it as fits goes with the SYN, which saves a
     * round trip. The server may then see it twice, and of a host with several addresses one may see it to which
     * the connection does not lead in the end. Otherwise it is sent as soon as the connection is established.
     *
     * @param host a name, resolved over the virtual network, or an address
     * @param port 1 to 65535
     * @param first the first bytes of the stream
     * @param timeout how long name lookup and connecting may take together, more than zero; more bytes than the send buffer holds
     *     may take longer
     * @return a connected socket, all bytes taken
     * @throws IOException as for {@link #dial(String, int, Duration)}
     */
    public VirtualSocket dial(String host, int port, byte[] first, Duration timeout) throws IOException {
        return dial(InetSocketAddress.createUnresolved(host, port), first, timeout);
    }

    /**
     * Opens a TCP connection with something to say.
     *
     * @param remote where to; an unresolved name is resolved over the virtual network
     * @param first the first bytes of the stream
     * @param timeout as for {@link #dial(String, int, byte[], Duration)}
     * @return a connected socket, all bytes taken
     * @throws IOException as for {@link #dial(String, int, Duration)}
     */
    public VirtualSocket dial(InetSocketAddress remote, byte[] first, Duration timeout) throws IOException {
        VirtualSocket socket = new VirtualSocket(new StreamSocketImpl(shell, first));
        socket.connect(remote, millis(timeout));
        return socket;
    }

    /**
     * Listens for TCP connections to all addresses of this client, those it will be given later included.
     *
     * @param port 1 to 65535, or 0 for any
     * @return a listening socket with a backlog of 128 connections
     * @throws IOException if the port is in use
     */
    public VirtualServerSocket listen(int port) throws IOException {
        VirtualServerSocket socket = new VirtualServerSocket(shell);
        try {
            socket.bind(new InetSocketAddress(port), BACKLOG); // with 0 the JDK takes 50
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Opens a UDP socket for all addresses of this client.
     *
     * @param port 1 to 65535, or 0 for a random one
     * @return the socket
     * @throws SocketException if the port is in use
     */
    public VirtualDatagramSocket openDatagram(int port) throws SocketException {
        VirtualDatagramSocket socket = newDatagramSocket();
        socket.bind(new InetSocketAddress(port));
        return socket;
    }

    /**
     * Makes a UDP socket that is not bound yet, as {@code new DatagramSocket(null)} does.
     *
     * @return the socket, which binds itself to any port when it is first used
     */
    public VirtualDatagramSocket newDatagramSocket() {
        return new VirtualDatagramSocket(shell);
    }

    /**
     * Asks an address for an echo.
     *
     * @param target whom
     * @param timeout how long to wait, more than zero
     * @return the round-trip time
     * @throws IOException a {@link java.net.SocketTimeoutException} if there was no reply, a {@link
     *     java.net.NoRouteToHostException} if there is no way there
     */
    public Duration ping(IpAddress target, Duration timeout) throws IOException {
        return shell.ping(target, Timers.after(timers.nowNanos(), positive(timeout)));
    }

    /**
     * Finds the addresses of a host of those families that this client has an address of.
     *
     * @param host a name or an address
     * @return one address or more, in the order to try them
     * @throws IOException a {@link io.pktkit.dns.stub.DnsLookupException} if there are none
     */
    public List<IpAddress> resolve(String host) throws IOException {
        return resolver.resolve(host, families(), DnsResolver.DEFAULT_TIMEOUT);
    }

    /**
     * Finds the addresses of a host in the form that other libraries ask for: as OkHttp's {@code Dns} and Apache HttpClient's {@code
     * DnsResolver} do. Never asks the operating system.
     *
     * @param host a name or an address
     * @return one address or more, in the order to try them, each of which carries the name, for TLS to check
     * @throws UnknownHostException if there are none, or the client is closed or the thread interrupted meanwhile
     */
    public InetAddress[] resolveAll(String host) throws UnknownHostException {
        try {
            List<IpAddress> found = resolve(host);
            InetAddress[] addresses = new InetAddress[found.size()];
            for (int i = 0; i < addresses.length; i++) {
                addresses[i] = InetAddress.getByAddress(host, found.get(i).toBytes());
            }
            return addresses;
        } catch (UnknownHostException e) {
            throw e;
        } catch (IOException e) {
            UnknownHostException unknown = new UnknownHostException(host + ": " + e.getMessage());
            unknown.initCause(e);
            throw unknown;
        }
    }

    /**
     * Replaces the DNS servers, which are asked over the virtual network.
     *
     * @param servers the preferred one first, at most {@link DnsResolver#MAX_SERVERS}
     */
    public void setDnsServers(List<IpAddress> servers) {
        resolver().setServers(servers);
    }

    /** {@return the resolver of this client, also for fixed names and other records} */
    public DnsResolver resolver() {
        return resolver;
    }

    /** {@return an HTTP client over this host's sockets} */
    public HttpClient http() {
        return http;
    }

    /**
     * Gives a factory of this host's TCP sockets, each a {@link VirtualSocket}, for libraries that take one. The sockets resolve
     * names over the virtual network. A library that resolves names itself, as most do, asks the operating system unless
     * it is given {@link #resolveAll} too, and then tells the outside what is looked for inside:
     *
     * <ul>
     *   <li>OkHttp: {@code socketFactory(f)}, {@code dns(name -> List.of(client.resolveAll(name)))}, and {@code
     *       proxy(Proxy.NO_PROXY)};
     *   <li>Apache HttpClient 5.5: a {@code DefaultHttpClientConnectionOperator} of {@code proxy -> f.createSocket()} and a {@code
     *       DnsResolver}; of older versions' two methods that make a socket, the one with a {@code Proxy};
     *   <li>PostgreSQL's driver: {@code socketFactory} in the URL names a class that hands out these sockets, and the host of
     *       the URL is an address, got by {@code resolveAll};
     *   <li>{@code java.net.http.HttpClient} takes neither, and silently ignores a SOCKS proxy: use {@link #http()}.
     * </ul>
     *
     * @return the factory
     */
    public SocketFactory socketFactory() {
        return new VirtualSocketFactory(shell);
    }

    /** {@return a factory of this host's listening sockets} */
    public ServerSocketFactory serverSocketFactory() {
        return new VirtualServerSocketFactory(shell);
    }

    /** {@return what this client holds at the moment} */
    public VirtualClientUsage usage() {
        IpHost host = shell.host();
        int resolving = dns.counters().sleeping();
        shell.enter();
        try {
            return new VirtualClientUsage(
                    host.tcp().connections(),
                    host.tcp().timeWaiting(),
                    host.udp().size(),
                    shell.waiting() + resolving,
                    host.reassembling());
        } finally {
            shell.leave();
        }
    }

    @Override
    public void setPrefix(IpPrefix prefix) {
        addresses.setPrefix(prefix);
        super.setPrefix(prefix);
    }

    @Override
    public void linkAddress(IpAddress address, @Nullable AddressState state) {
        if (state == null) {
            addresses.remove(address);
        } else {
            addresses.put(address, state);
        }
    }

    /** {@return the groups that sockets of this client have joined} */
    @Override
    public Set<IpAddress> groups() {
        return addresses.groups();
    }

    @Override
    public boolean send(Packet packet) {
        DropReason reason = isClosed() ? DropReason.CLOSED : shell.receive(packet);
        if (reason != null) {
            stats().sendDropped(reason);
            return false;
        }
        stats().sent(packet.length());
        return true;
    }

    /** {@return all there are: super-segments are taken whole, and checksums are not looked at that nobody has made} */
    @Override
    public Set<Offload> offloads() {
        return OFFLOADS;
    }

    @Override
    protected void onClose() {
        dns.close();
        shell.close();
    }

    /** The addresses of a host to connect to, within what is left of the time. */
    private List<IpAddress> lookUp(String host, long deadlineNanos) throws IOException {
        long most = Timers.toNanos(DnsResolver.DEFAULT_TIMEOUT);
        long left = deadlineNanos == Timers.NEVER ? most : Math.min(most, deadlineNanos - timers.nowNanos());
        return resolver.resolve(host, families(), Duration.ofNanos(Math.max(1, left)));
    }

    /** The families in use; all without an address: loopback still works, and an address tells better what is missing. */
    private Set<IpFamily> families() {
        Set<IpFamily> families = addresses.families();
        return families.isEmpty() ? EnumSet.allOf(IpFamily.class) : families;
    }

    static Duration positive(Duration timeout) {
        if (timeout.isZero() || timeout.isNegative()) {
            throw new IllegalArgumentException("timeout must be more than zero: timeout=" + timeout);
        }
        return timeout;
    }

    /** Zero means "none" to a socket, so what is shorter than a millisecond is one. */
    static int millis(Duration timeout) {
        long nanos = Timers.toNanos(positive(timeout));
        return (int) Math.max(1, Math.min(nanos / 1_000_000, Integer.MAX_VALUE));
    }
}

// SPDX-License-Identifier: MIT
package io.pktkit.lab.internal;

import io.pktkit.dns.host.HostDnsTransport;
import io.pktkit.dns.host.ResolvConfWatcher;
import io.pktkit.dns.server.Dns64;
import io.pktkit.dns.server.DnsForwarder;
import io.pktkit.dns.server.DnsRequest;
import io.pktkit.dns.server.ForwarderCounters;
import io.pktkit.dns.server.NameTable;
import io.pktkit.dns.server.RebindingGuard;
import io.pktkit.dns.upstream.DnsClient;
import io.pktkit.dns.upstream.DnsClientConfig;
import io.pktkit.dns.upstream.DnsProtocol;
import io.pktkit.dns.upstream.DnsServer;
import io.pktkit.slirp.Slirp;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The name server of a LAN: a forwarder between the guests, over UDP and TCP of the NAT's inside, and the host's name servers. Any
 * thread.
 */
public final class LanNameServer implements AutoCloseable {
    private static final int DNS_PORT = 53;

    private final Closers closers = new Closers();
    private final DnsClient client;
    private final DnsForwarder forwarder;
    private final Predicate<? super IpAddress> proven;

    /**
     * Opens the way to the host's name servers.
     *
     * @param timers for the time-outs
     * @param resolvConf lists the servers; need not exist
     * @param own addresses of the network itself, which are never asked
     * @param names the network's own names
     * @param guard looks at what servers say
     * @param proven which guests' addresses are certain, as by a lease
     * @throws IOException if no socket can be had
     */
    public LanNameServer(
            Timers timers,
            Path resolvConf,
            Set<IpAddress> own,
            NameTable names,
            RebindingGuard guard,
            Predicate<? super IpAddress> proven)
            throws IOException {
        this(timers, resolvConf, own, names, guard, proven, null);
    }

    /**
     * Opens the way to the host's name servers, for a network that reaches IPv4 by a NAT64.
     *
     * @param timers for the time-outs
     * @param resolvConf lists the servers; need not exist
     * @param own addresses of the network itself, which are never asked
     * @param names the network's own names
     * @param guard looks at what servers say
     * @param proven which guests' addresses are certain, as by a lease
     * @param dns64 makes addresses for it, or null
     * @throws IOException if no socket can be had
     */
    public LanNameServer(
            Timers timers,
            Path resolvConf,
            Set<IpAddress> own,
            NameTable names,
            RebindingGuard guard,
            Predicate<? super IpAddress> proven,
            @Nullable Dns64 dns64)
            throws IOException {
        this(timers, names, guard, proven, dns64);
        closers.add(new ResolvConfWatcher(
                resolvConf,
                own,
                timers,
                conf -> client.setServers(conf.servers(), conf.applyTo(DnsClientConfig.DEFAULT))));
    }

    /**
     * Opens the way to given name servers.
     *
     * @param timers for the time-outs
     * @param servers whom to ask
     * @param names the network's own names
     * @param guard looks at what servers say
     * @param proven which guests' addresses are certain, as by a lease
     * @param dns64 makes addresses for a NAT64, or null
     * @throws IOException if no socket can be had
     */
    public LanNameServer(
            Timers timers,
            List<DnsServer> servers,
            NameTable names,
            RebindingGuard guard,
            Predicate<? super IpAddress> proven,
            @Nullable Dns64 dns64)
            throws IOException {
        this(timers, names, guard, proven, dns64);
        client.setServers(servers);
    }

    private LanNameServer(
            Timers timers,
            NameTable names,
            RebindingGuard guard,
            Predicate<? super IpAddress> proven,
            @Nullable Dns64 dns64)
            throws IOException {
        this.proven = proven;
        HostDnsTransport transport = closers.add(new HostDnsTransport());
        client = closers.add(new DnsClient(timers, transport, DnsClientConfig.DEFAULT));
        forwarder = new DnsForwarder(names, client, guard, dns64);
    }

    /**
     * Serves at an address of the NAT.
     *
     * @param slirp the NAT
     * @param address where
     * @throws IOException if the port is taken
     */
    public void serve(Slirp slirp, IpAddress address) throws IOException {
        closers.add(slirp.bindUdp(
                address,
                DNS_PORT,
                request -> ask(
                        request.payload(),
                        request.namespace(),
                        request.sourceAddress(),
                        response -> request.reply(ByteBuffer.wrap(response)))));
        closers.add(serve(slirp.listen(address, DNS_PORT)));
    }

    /**
     * Serves those who connect.
     *
     * @param listener accepts {@link io.pktkit.iphost.socket.VirtualSocket}s only
     * @return what ends it, with its connections
     */
    public AutoCloseable serve(ServerSocket listener) {
        return new DnsConnections(listener, forwarder);
    }

    /**
     * Takes a query that came in a datagram.
     *
     * @param message a read-only buffer of the caller's own
     * @param namespace which network it came from
     * @param from who asks there
     * @param reply is given the response, on any thread, once at most
     */
    public void ask(ByteBuffer message, int namespace, IpAddress from, Consumer<byte[]> reply) {
        forwarder.onRequest(new Datagram(message, new Guest(namespace, from), reply));
    }

    /** {@return what it has counted} */
    public ForwarderCounters counters() {
        return forwarder.counters();
    }

    private final class Datagram implements DnsRequest {
        private final ByteBuffer message;
        private final Guest from;
        private final Consumer<byte[]> reply;

        Datagram(ByteBuffer message, Guest from, Consumer<byte[]> reply) {
            this.message = message;
            this.from = from;
            this.reply = reply;
        }

        @Override
        public ByteBuffer message() {
            return message;
        }

        @Override
        public DnsProtocol protocol() {
            return DnsProtocol.UDP;
        }

        @Override
        public Object principal() {
            return from;
        }

        @Override
        public boolean isProven() {
            return proven.test(from.address());
        }

        @Override
        public void reply(byte[] response) {
            reply.accept(response);
        }
    }

    /** Who asks: the same address in two namespaces is two guests. */
    record Guest(int namespace, IpAddress address) {}

    /** Ends the threads and forgets what is under way. Idempotent. */
    @Override
    public void close() {
        closers.close();
    }
}

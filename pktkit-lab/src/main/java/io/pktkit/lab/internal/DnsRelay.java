// SPDX-License-Identifier: MIT
package io.pktkit.lab.internal;

import io.pktkit.device.FailureLog;
import io.pktkit.slirp.UdpRequest;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.vclient.dns.DnsMessage;
import io.pktkit.vclient.dns.DnsResponseCode;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Passes guests' queries to the host's name servers and the answers back, byte for byte but for the identifier, which is
 * a random one of our own on the outside. One thread, {@code pktkit-dns}, waits for answers. A server that is silent for
 * two seconds is given up for the next one; after the last the guest gets SERVFAIL.
 *
 * <p>Bounds: {@value #MAX_PENDING} queries in flight, {@value #MAX_PENDING_PER_GUEST} for each guest.
 */
public final class DnsRelay implements AutoCloseable {
    private static final int MAX_PENDING = 512;
    private static final int MAX_PENDING_PER_GUEST = 64;
    private static final int MAX_MESSAGE = 65535;
    private static final long TRY_NANOS = 2_000_000_000L;
    private static final System.Logger LOG = System.getLogger(DnsRelay.class.getName());
    private static final FailureLog FAILURES = new FailureLog(DnsRelay.class, "answer of a name server");

    private final Timers timers;
    private final NameServers resolver;

    /** No channel, which an interrupted guest thread would close by sending: packets are handled on the guests' threads. */
    private final DatagramSocket socket;

    private final Alarm alarm;
    private final Thread reader;
    private final SecureRandom random = new SecureRandom();

    /** By our identifier. Guarded by itself, as is the resolver. */
    private final Map<Integer, Pending> pending = new HashMap<>();

    private final Map<IpAddress, Integer> pendingByGuest = new HashMap<>();

    /** A query on its way. Guarded by {@link #pending}. */
    private static final class Pending {
        final UdpRequest request;
        final List<InetSocketAddress> servers;
        int server;
        long deadlineNanos;

        Pending(UdpRequest request, List<InetSocketAddress> servers, long deadlineNanos) {
            this.request = request;
            this.servers = servers;
            this.deadlineNanos = deadlineNanos;
        }
    }

    /**
     * Opens a relay.
     *
     * @param timers for the time-outs
     * @param resolvConf the host's {@code resolv.conf}; need not exist
     * @param own addresses of the network itself, which are never asked
     * @throws IOException if no socket can be had
     */
    public DnsRelay(Timers timers, Path resolvConf, Set<IpAddress> own) throws IOException {
        this(timers, new HostResolver(resolvConf, own));
    }

    DnsRelay(Timers timers, NameServers resolver) throws IOException {
        this.timers = timers;
        this.resolver = resolver;
        this.socket = new DatagramSocket();
        this.alarm = timers.newAlarm(this::onAlarm);
        this.reader = new Thread(this::readAnswers, "pktkit-dns");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Passes a query on.
     *
     * @param request the query, a whole DNS message; answered later
     * @return false if it cannot be: no server is known, or too many queries are under way
     */
    public boolean relay(UdpRequest request) {
        long now = timers.nowNanos();
        int id;
        Pending query;
        synchronized (pending) {
            List<InetSocketAddress> servers = resolver.servers(now);
            int ofGuest = pendingByGuest.getOrDefault(request.sourceAddress(), 0);
            if (servers.isEmpty() || pending.size() >= MAX_PENDING || ofGuest >= MAX_PENDING_PER_GUEST) {
                return false;
            }
            do {
                id = random.nextInt(1 << 16);
            } while (pending.containsKey(id));
            query = new Pending(request, servers, Timers.after(now, TRY_NANOS));
            pending.put(id, query);
            pendingByGuest.put(request.sourceAddress(), ofGuest + 1);
            arm();
        }
        send(id, query.request, query.servers.get(0));
        return true;
    }

    /** Pending queries, for tests and for whoever watches. */
    int pendingQueries() {
        synchronized (pending) {
            return pending.size();
        }
    }

    private void send(int id, UdpRequest request, InetSocketAddress server) {
        ByteBuffer query = ByteBuffer.allocate(request.payload().remaining());
        query.put(request.payload()).putShort(0, (short) id);
        try {
            socket.send(new DatagramPacket(query.array(), query.capacity(), server));
        } catch (IOException e) {
            // Unreachable for now, as when the host is offline: the time-out moves on to the next server.
            LOG.log(System.Logger.Level.DEBUG, "cannot reach name server " + server, e);
        }
    }

    private void readAnswers() {
        byte[] answer = new byte[MAX_MESSAGE];
        DatagramPacket packet = new DatagramPacket(answer, answer.length);
        while (!socket.isClosed()) {
            try {
                packet.setLength(answer.length);
                socket.receive(packet);
                onAnswer(ByteBuffer.wrap(answer, 0, packet.getLength()), packet.getSocketAddress());
            } catch (IOException e) {
                // An ICMP error of an earlier query, or the end; nothing is lost that its time-out does not see.
                LOG.log(System.Logger.Level.DEBUG, "name server socket", e);
            } catch (RuntimeException | Error failure) {
                FAILURES.record(failure); // costs the guest its answer, and nobody the relay
            }
        }
    }

    private void onAnswer(ByteBuffer answer, SocketAddress from) {
        DnsMessage message = DnsMessage.parse(answer, 0, answer.limit());
        if (message == null || !message.isResponse()) {
            return;
        }
        UdpRequest request;
        synchronized (pending) {
            Pending query = pending.get(message.id());
            if (query == null || !query.servers.get(query.server).equals(from) || !isAnswerTo(query.request, message)) {
                return; // late, or forged
            }
            forget(message.id());
            request = query.request;
        }
        answer.putShort(0, request.payload().getShort(request.payload().position()));
        request.reply(answer);
    }

    private static boolean isAnswerTo(UdpRequest request, DnsMessage answer) {
        ByteBuffer payload = request.payload();
        DnsMessage query = DnsMessage.parse(payload, payload.position(), payload.remaining());
        return query != null && query.questions().equals(answer.questions());
    }

    private void onAlarm() {
        long now = timers.nowNanos();
        Map<Integer, Pending> again = new HashMap<>();
        Map<UdpRequest, DnsMessage> failed = new HashMap<>();
        synchronized (pending) {
            for (Map.Entry<Integer, Pending> entry : Map.copyOf(pending).entrySet()) {
                Pending query = entry.getValue();
                if (!Timers.isDue(query.deadlineNanos, now)) {
                    continue;
                }
                query.server++;
                query.deadlineNanos = Timers.after(now, TRY_NANOS);
                if (query.server < query.servers.size()) {
                    again.put(entry.getKey(), query);
                } else {
                    forget(entry.getKey());
                    ByteBuffer payload = query.request.payload();
                    DnsMessage message = DnsMessage.parse(payload, payload.position(), payload.remaining());
                    if (message != null) {
                        failed.put(query.request, DnsMessage.failure(message, DnsResponseCode.SERVFAIL));
                    }
                }
            }
            arm();
        }
        again.forEach((id, query) -> send(id, query.request, query.servers.get(query.server)));
        failed.forEach((request, answer) -> request.reply(ByteBuffer.wrap(answer.toBytes(MAX_MESSAGE))));
    }

    private void forget(int id) {
        Pending query = pending.remove(id);
        if (query != null) {
            pendingByGuest.computeIfPresent(query.request.sourceAddress(), (guest, n) -> n == 1 ? null : n - 1);
        }
    }

    /** Called with {@link #pending} locked; arming an alarm calls nobody. */
    private void arm() {
        long earliest = Timers.NEVER;
        for (Pending query : pending.values()) {
            earliest = Timers.earlier(earliest, query.deadlineNanos);
        }
        if (earliest == Timers.NEVER) {
            alarm.disarm();
        } else {
            alarm.arm(earliest);
        }
    }

    /** Ends the thread and forgets what is under way. */
    @Override
    public void close() {
        alarm.close();
        socket.close();
        try {
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (pending) {
            pending.clear();
            pendingByGuest.clear();
        }
    }
}

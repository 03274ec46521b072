// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import io.pktkit.dns.DnsMessage;
import io.pktkit.dns.DnsQuestion;
import io.pktkit.dns.DnsRecord;
import io.pktkit.dns.DnsResponseCode;
import io.pktkit.wire.IpAddress;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** A name server on a client: over UDP it cuts answers for names that begin with "big". */
final class NameServer implements AutoCloseable {
    private final Map<String, List<IpAddress>> names;
    private final VirtualDatagramSocket udp;
    private final ServerSocket tcp;
    private final Future<Integer> udpServing;
    private final Future<Integer> tcpServing;

    NameServer(TwoClients net, VirtualClient host, Map<String, List<IpAddress>> names) throws IOException {
        this.names = names;
        this.udp = host.openDatagram(53);
        this.tcp = host.listen(53);
        this.udpServing = net.async(this::serveUdp);
        this.tcpServing = net.async(this::serveTcp);
    }

    private int serveUdp() throws IOException {
        int served = 0;
        while (true) {
            try {
                VirtualDatagram request = udp.receive();
                DnsMessage query = DnsMessage.parse(request.payload(), 0, request.length());
                if (query != null) {
                    served++;
                    byte[] octets = answer(query, false).toBytes(query.udpLimit());
                    udp.send(request.source(), request.sourcePort(), ByteBuffer.wrap(octets));
                }
            } catch (SocketException e) {
                // A test that has its answer may stop the server while it still answers another question.
                if (udp.isClosed()) {
                    return served;
                }
                throw e;
            }
        }
    }

    private int serveTcp() throws IOException {
        int served = 0;
        while (true) {
            Socket socket;
            try {
                socket = tcp.accept();
            } catch (SocketException e) {
                if (tcp.isClosed()) {
                    return served;
                }
                throw e;
            }
            served += serve(socket) ? 1 : 0;
        }
    }

    /** Answers one question, and tells whether there was one: who asks may hang up at any time. */
    private boolean serve(Socket accepted) {
        boolean asked = false;
        try (Socket socket = accepted) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            DnsMessage query = DnsMessage.parse(in.readNBytes(in.readUnsignedShort()));
            if (query != null) {
                asked = true;
                byte[] octets = answer(query, true).toBytes(DnsMessage.MAX_LENGTH);
                ByteBuffer framed = ByteBuffer.allocate(2 + octets.length);
                socket.getOutputStream()
                        .write(framed.putShort((short) octets.length)
                                .put(octets)
                                .array());
            }
        } catch (IOException e) {
            // The next one is served all the same.
        }
        return asked;
    }

    private DnsMessage answer(DnsMessage query, boolean overTcp) {
        DnsQuestion question = query.question();
        List<IpAddress> addresses = question == null ? null : find(question);
        if (question == null || addresses == null) {
            return DnsMessage.failure(query, question == null ? DnsResponseCode.FORMERR : DnsResponseCode.NXDOMAIN);
        }
        if (!overTcp && question.name().toString().toLowerCase(Locale.ROOT).startsWith("big")) {
            DnsMessage empty = DnsMessage.failure(query, DnsResponseCode.NOERROR);
            return new DnsMessage(
                    empty.id(),
                    empty.flags() | DnsMessage.TC,
                    empty.questions(),
                    List.of(),
                    List.of(),
                    List.of(),
                    empty.edns());
        }
        List<DnsRecord> records = addresses.stream()
                .map(address -> DnsRecord.address(question.name(), 60, address))
                .filter(record -> record.type() == question.type())
                .toList();
        return DnsMessage.response(query, DnsResponseCode.NOERROR, records, List.of());
    }

    private @Nullable List<IpAddress> find(DnsQuestion question) {
        return names.get(question.name().toString().toLowerCase(Locale.ROOT));
    }

    /** Stops, and tells how many queries came over UDP and over TCP. */
    int[] stop() throws Exception {
        close();
        return new int[] {TwoClients.get(udpServing), TwoClients.get(tcpServing)};
    }

    @Override
    public void close() throws IOException {
        udp.close();
        tcp.close();
    }
}

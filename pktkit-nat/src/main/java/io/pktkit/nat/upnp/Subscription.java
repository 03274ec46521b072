// SPDX-License-Identifier: MIT
package io.pktkit.nat.upnp;

import io.pktkit.nat.service.NatHost;
import io.pktkit.time.Timers;
import io.pktkit.vtcp.host.HostConnection;
import io.pktkit.vtcp.host.TcpEvents;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Somebody who is told of a service's changes: one event at a time, in order, each on a connection of its own. */
final class Subscription implements TcpEvents {

    /** Less than the 30 s of UDA 1.1 section 4.3: a subscriber is a neighbour. */
    static final long PATIENCE = Duration.ofSeconds(5).toNanos();

    /** Events in a row that nobody took. */
    static final int MAX_FAILURES = 3;

    private static final byte[] DONE = "HTTP/1.".getBytes(StandardCharsets.US_ASCII);

    final Igd igd;
    final ServiceSpec service;
    final String sid;
    final IpAddress client;
    long expiresNanos;

    /** When it is to be looked at. */
    long dueNanos;

    private final NatHost host;
    private final IgdActions actions;
    private final int port;
    private final String path;

    /** Lets it be looked at when it is due, which has become earlier. */
    private final Runnable arm;

    private final Map<String, String> told = new LinkedHashMap<>();
    private final ByteBuffer input = ByteBuffer.allocate(256);
    private @Nullable HostConnection delivery;
    private ByteBuffer output = ByteBuffer.allocate(0);
    private long sequence;
    private int failures;
    private long quietUntil;

    Subscription(
            NatHost host,
            IgdActions actions,
            Igd igd,
            ServiceSpec service,
            String sid,
            IpAddress client,
            int port,
            String path,
            Runnable arm) {
        this.arm = arm;
        this.host = host;
        this.actions = actions;
        this.igd = igd;
        this.service = service;
        this.sid = sid;
        this.client = client;
        this.port = port;
        this.path = path;
        this.quietUntil = host.timers().nowNanos();
    }

    boolean isGivenUp() {
        return failures >= MAX_FAILURES;
    }

    void onTimer(long now) {
        HostConnection under = delivery;
        if (under != null) {
            if (now - dueNanos >= 0) {
                failed(now, under);
            }
            return;
        }
        if (now - quietUntil < 0) {
            dueNanos = quietUntil;
            return;
        }
        Map<String, String> changes = changes();
        if (changes.isEmpty()) {
            dueNanos = Timers.NEVER;
            return;
        }
        deliver(changes, now);
    }

    private Map<String, String> changes() {
        Map<String, String> changes = new LinkedHashMap<>();
        for (String variable : service.evented()) {
            String value = actions.value(igd, variable);
            if (!value.equals(told.get(variable))) {
                changes.put(variable, value);
            }
        }
        return changes;
    }

    private void deliver(Map<String, String> changes, long now) {
        StringBuilder body = new StringBuilder(
                "<?xml version=\"1.0\"?>\n<e:propertyset xmlns:e=\"urn:schemas-upnp-org:event-1-0\">");
        changes.forEach((variable, value) -> body.append("<e:property><" + variable + ">")
                .append(XmlText.escape(value))
                .append("</" + variable + "></e:property>"));
        byte[] content = body.append("</e:propertyset>\n").toString().getBytes(StandardCharsets.UTF_8);
        byte[] head = ("NOTIFY " + path + " HTTP/1.1\r\nHOST: " + client + ":" + port + "\r\nCONTENT-TYPE: "
                        + HttpResponse.XML + "\r\nCONTENT-LENGTH: " + content.length
                        + "\r\nNT: upnp:event\r\nNTS: upnp:propchange\r\nSID: " + sid + "\r\nSEQ: " + sequence
                        + "\r\nCONNECTION: close\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        output = ByteBuffer.allocate(head.length + content.length)
                .put(head)
                .put(content)
                .flip();
        input.clear();
        told.putAll(changes);
        // UDA 1.1 section 4.3.2: 0 is the first event's alone.
        sequence = sequence == 0xFFFF_FFFFL ? 1 : sequence + 1;
        dueNanos = now + PATIENCE;
        try {
            delivery = host.shell()
                    .host()
                    .tcp()
                    .connect(null, host.prefix(IpFamily.IPV4).address(), 0, client, port, this, now);
        } catch (IOException e) {
            failures++;
            again(now);
        }
    }

    private void again(long now) {
        delivery = null;
        quietUntil = now + Subscriptions.MODERATION;
        dueNanos = quietUntil;
        arm.run();
    }

    private void failed(long now, HostConnection under) {
        delivery = null;
        under.abort(now);
        failures++;
        again(now);
    }

    @Override
    public void onEstablished(HostConnection connection, long now) {
        onWritable(connection, now);
    }

    @Override
    public void onWritable(HostConnection connection, long now) {
        if (output.hasRemaining()) {
            connection.write(output, now);
        }
    }

    @Override
    public void onReadable(HostConnection connection, long now) {
        int read = connection.read(input, now);
        if (delivery == null || (read >= 0 && input.position() < DONE.length + 5)) {
            return; // "HTTP/1.1 200" is enough
        }
        boolean taken = input.position() >= DONE.length + 5
                && new String(input.array(), 0, DONE.length, StandardCharsets.US_ASCII)
                        .equals(new String(DONE, StandardCharsets.US_ASCII))
                && input.get(DONE.length + 2) == '2';
        failures = taken ? 0 : failures + 1;
        again(now);
        connection.abort(now); // whatever else it says
    }

    @Override
    public void onClosed(HostConnection connection, long now) {
        if (delivery != null) {
            failures++;
            again(now);
        }
    }

    void close() {
        HostConnection under = delivery;
        delivery = null;
        if (under != null) {
            under.abort(host.shell().nowNanos());
        }
    }
}

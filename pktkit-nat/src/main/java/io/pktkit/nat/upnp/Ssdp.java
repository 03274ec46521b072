// SPDX-License-Identifier: MIT
package io.pktkit.nat.upnp;

import io.pktkit.nat.service.NatHost;
import io.pktkit.nat.service.NatUdp;
import io.pktkit.nat.upnp.Igd.SearchTarget;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** SSDP, UDA 1.1 section 1: answers searches, and announces. Under the lock of the host. */
final class Ssdp implements AutoCloseable {

    static final IpAddress GROUP = IpAddress.parse("239.255.255.250");
    static final int PORT = 1900;

    /** UDA 1.1 section 1.2.2: at least half an hour. */
    static final int MAX_AGE_SECONDS = 1800;

    /** Well within half of it. */
    static final long INTERVAL = Duration.ofMinutes(10).toNanos();

    /** UDA 1.1 section 1.2.2: more than once, as datagrams are lost; a little apart. */
    private static final long REPETITION = Duration.ofMillis(500).toNanos();

    private static final int REPETITIONS = 2;

    /** UDA 1.1 section 1.3.2. */
    private static final int MAX_MX_SECONDS = 5;

    private static final int MAX_DATAGRAM = 1500;
    private static final int MAX_WAITING = 256;
    private static final int MAX_WAITING_OF_CLIENT = 64;
    private static final int MAX_HEADERS = 32;

    private final NatHost host;
    private final Igd igd;
    private final String url;
    private final int bootId;
    private final NatUdp port;
    private final Alarm alarm;
    private final SplittableRandom random = new SplittableRandom();
    private final PriorityQueue<Answer> waiting =
            new PriorityQueue<>((a, b) -> Long.compare(a.dueNanos - b.dueNanos, 0));
    private long nextAlive;
    private int repetitions = REPETITIONS;

    private record Answer(long dueNanos, IpAddress to, int toPort, String text) {}

    Ssdp(NatHost host, Igd igd, int bootId, String url) throws IOException {
        this.host = host;
        this.igd = igd;
        this.url = url;
        this.bootId = bootId;
        this.alarm = host.timers().newAlarm(this::onAlarm);
        host.addresses().join(GROUP);
        this.port = NatUdp.open(host, null, PORT, MAX_DATAGRAM, this::onDatagram);
        this.nextAlive = host.timers().nowNanos();
        alarm.arm(nextAlive);
    }

    private void onDatagram(NatUdp from, byte[] payload, IpAddress client, int clientPort) {
        if (!host.isNeighbor(client) || clientPort == 0) {
            return;
        }
        Map<String, String> headers = search(payload);
        String wanted = headers == null ? null : headers.get("st");
        if (headers == null || wanted == null || !"\"ssdp:discover\"".equals(headers.get("man"))) {
            return;
        }
        Long mx = ServiceSpec.number(headers.getOrDefault("mx", ""), 0xFFFF);
        boolean toGroup = "239.255.255.250:1900".equals(headers.get("host"));
        if (toGroup ? mx == null || mx == 0 : headers.get("host") == null) {
            return; // UDA 1.1 section 1.3.2: MX is needed when it is sent to the group
        }
        long now = host.shell().nowNanos();
        long spread = toGroup && mx != null
                ? Duration.ofSeconds(Math.min(mx, MAX_MX_SECONDS)).toNanos()
                : 0;
        boolean all = wanted.equals("ssdp:all");
        for (SearchTarget target : igd.targets()) {
            if (all || target.is(wanted)) {
                long delay = spread == 0 ? 0 : random.nextLong(spread);
                // What was searched for comes back, as a control point takes no other version for it.
                String told = all ? target.type() : wanted;
                answer(new Answer(now + delay, client, clientPort, answer(target, told)));
            }
        }
        arm();
    }

    private void answer(Answer answer) {
        if (waiting.size() >= MAX_WAITING) {
            return;
        }
        int same = 0;
        for (Answer each : waiting) {
            same += each.to.equals(answer.to) ? 1 : 0;
        }
        if (same < MAX_WAITING_OF_CLIENT) {
            waiting.add(answer);
        }
    }

    /** The headers of a search by lower case name; null if it is none. */
    private static @Nullable Map<String, String> search(byte[] payload) {
        String text = new String(payload, StandardCharsets.ISO_8859_1);
        String[] lines = text.split("\r\n", MAX_HEADERS + 2);
        if (!lines[0].equals("M-SEARCH * HTTP/1.1") || lines.length > MAX_HEADERS + 1) {
            return null;
        }
        Map<String, String> headers = new HashMap<>();
        for (int i = 1; i < lines.length && !lines[i].isEmpty(); i++) {
            int colon = lines[i].indexOf(':');
            if (colon < 1) {
                return null;
            }
            headers.putIfAbsent(
                    lines[i].substring(0, colon).strip().toLowerCase(Locale.ROOT),
                    lines[i].substring(colon + 1).strip());
        }
        return headers;
    }

    private String answer(SearchTarget target, String told) {
        return "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=" + MAX_AGE_SECONDS + "\r\nEXT:\r\nLOCATION: " + url
                + Igd.ROOT_PATH + "\r\nSERVER: " + UpnpService.SERVER + "\r\nST: " + told + "\r\nUSN: "
                + target.usn(told) + "\r\nBOOTID.UPNP.ORG: " + bootId + "\r\nCONFIGID.UPNP.ORG: "
                + UpnpService.CONFIG_ID
                + "\r\n\r\n";
    }

    private String notify(SearchTarget target, boolean alive) {
        String about = alive
                ? "CACHE-CONTROL: max-age=" + MAX_AGE_SECONDS + "\r\nLOCATION: " + url + Igd.ROOT_PATH + "\r\nSERVER: "
                        + UpnpService.SERVER + "\r\n"
                : "";
        return "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n" + about + "NT: " + target.type() + "\r\nNTS: ssdp:"
                + (alive ? "alive" : "byebye") + "\r\nUSN: " + target.usn(target.type()) + "\r\nBOOTID.UPNP.ORG: "
                + bootId
                + "\r\nCONFIGID.UPNP.ORG: " + UpnpService.CONFIG_ID + "\r\n\r\n";
    }

    private void announce(boolean alive) {
        for (SearchTarget target : igd.targets()) {
            port.send(GROUP, PORT, notify(target, alive).getBytes(StandardCharsets.US_ASCII));
        }
    }

    private void arm() {
        Answer first = waiting.peek();
        alarm.arm(first == null ? nextAlive : Timers.earlier(first.dueNanos, nextAlive));
    }

    private void onAlarm() {
        host.shell().enter();
        try {
            long now = host.shell().nowNanos();
            List<Answer> due = new ArrayList<>();
            for (Answer first = waiting.peek(); first != null && now - first.dueNanos >= 0; first = waiting.peek()) {
                due.add(first);
                waiting.remove();
            }
            for (Answer each : due) {
                port.send(each.to, each.toPort, each.text.getBytes(StandardCharsets.US_ASCII));
            }
            if (now - nextAlive >= 0) {
                announce(true);
                repetitions--;
                nextAlive = now + (repetitions > 0 ? REPETITION : INTERVAL);
                repetitions = repetitions > 0 ? repetitions : REPETITIONS;
            }
            arm();
        } finally {
            host.shell().leave();
        }
    }

    @Override
    public void close() {
        alarm.close();
        host.shell().enter();
        try {
            announce(false);
            port.close();
            host.addresses().leave(GROUP);
        } finally {
            host.shell().leave();
        }
    }
}

// SPDX-License-Identifier: MIT
package io.pktkit.nat.alg;

import io.pktkit.nat.helper.HelperFlow;
import io.pktkit.nat.helper.HelperPayload;
import io.pktkit.nat.helper.NatHelper;
import io.pktkit.wire.IpProtocol;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * DCC of IRC: an offer to send a file or to chat names the address and port at which the host waits, for whoever the offer
 * is to. Only an offer that names the sending host itself is changed; passive offers, of port 0, are left. A receiver that
 * resumes names the port that it was offered, which is put back.
 */
public final class IrcHelper implements NatHelper {

    /** How long the other side may take to connect. */
    public static final Duration WINDOW = Duration.ofMinutes(1);

    private static final int IRC = 6667;

    /** Offers of one connection whose ports are remembered for who resumes. */
    private static final int MAX_OFFERS = 32;

    /** About what is kept of an offer. */
    private static final int OFFER_OCTETS = 64;

    private static final char CTCP = '\u0001';

    private final Set<Integer> ports;

    /** A helper for port 6667. */
    public IrcHelper() {
        this(Set.of(IRC));
    }

    /**
     * A helper for other ports, none of them encrypted.
     *
     * @param ports the ports of servers
     */
    public IrcHelper(Set<Integer> ports) {
        this.ports = new TreeSet<>(ports);
    }

    @Override
    public String name() {
        return "irc";
    }

    @Override
    public boolean wants(HelperFlow flow) {
        return flow.protocol() == IpProtocol.TCP
                && flow.begunInside()
                && flow.inside().isIpv4()
                && ports.contains(flow.servicePort());
    }

    /** What was offered on a connection: inside ports by those outside. */
    private static final class Offers {
        boolean outwardMidLine;
        boolean inwardMidLine;
        final Map<Integer, Integer> byOutside = new LinkedHashMap<>();

        /** In the place of the oldest if there are too many, or too much is kept for the host. */
        void remember(HelperFlow flow, int outside, int inside) {
            int size = byOutside.containsKey(outside) ? byOutside.size() : byOutside.size() + 1;
            boolean room = size <= MAX_OFFERS && flow.keep(size * OFFER_OCTETS);
            if (!room && byOutside.isEmpty()) {
                return;
            }
            if (!room) {
                byOutside.remove(byOutside.keySet().iterator().next());
            }
            byOutside.put(outside, inside);
        }
    }

    @Override
    public void payload(HelperFlow flow, HelperPayload payload) {
        Offers offers = flow.state() instanceof Offers known ? known : new Offers();
        flow.state(offers);
        boolean outward = payload.isOutward();
        TextLines lines = new TextLines(payload, outward ? offers.outwardMidLine : offers.inwardMidLine);
        for (String line = lines.next(); line != null; line = lines.next()) {
            messages(flow, offers, lines, line, outward);
        }
        boolean midLine = TextLines.endsMidLine(payload);
        if (outward) {
            offers.outwardMidLine = midLine;
        } else {
            offers.inwardMidLine = midLine;
        }
    }

    /** Each message between two marks; what was changed before moves those behind it. */
    private static void messages(HelperFlow flow, Offers offers, TextLines lines, String line, boolean outward) {
        String text = line;
        int at = text.indexOf(CTCP);
        while (at >= 0) {
            int end = text.indexOf(CTCP, at + 1);
            if (end < 0) {
                return;
            }
            String message = text.substring(at + 1, end);
            String changed = message;
            if (message.toUpperCase(Locale.ROOT).startsWith("DCC ")) {
                changed = outward ? offer(flow, offers, message) : resumed(offers, message);
            }
            if (!changed.equals(message)) {
                if (!lines.replace(at + 1, end, changed)) {
                    return;
                }
                text = text.substring(0, at + 1) + changed + text.substring(end);
                end += changed.length() - message.length();
            }
            at = text.indexOf(CTCP, end + 1);
        }
    }

    /** {@code DCC SEND name 167772162 40001 1000}: the name may hold anything, so the host's own address is looked for. */
    private static String offer(HelperFlow flow, Offers offers, String message) {
        String[] words = message.split(" ", -1);
        if (words.length > 2 && words[1].equalsIgnoreCase("ACCEPT")) {
            return accepted(offers, message);
        }
        String own = Long.toString(flow.inside().low());
        int at = message.lastIndexOf(" " + own + " ");
        if (at < 0) {
            return message;
        }
        int portAt = at + own.length() + 2;
        int portEnd = message.indexOf(' ', portAt) < 0 ? message.length() : message.indexOf(' ', portAt);
        int port = Numbers.decimal(message, portAt, portEnd, 65_535);
        if (port <= 0) {
            return message;
        }
        int opened = flow.open(IpProtocol.TCP, port, null, 0, WINDOW);
        if (opened < 0) {
            return message;
        }
        offers.remember(flow, opened, port);
        return message.substring(0, at + 1) + flow.outside().low() + " " + opened + message.substring(portEnd);
    }

    /** {@code DCC ACCEPT name 40001 500}, of who offered: the port is as the other side knows it. */
    private static String accepted(Offers offers, String message) {
        for (Map.Entry<Integer, Integer> each : offers.byOutside.entrySet()) {
            String changed = exchange(message, each.getValue(), each.getKey());
            if (!changed.equals(message)) {
                return changed;
            }
        }
        return message;
    }

    /** {@code DCC RESUME name 40001 500}, of who was offered. */
    private static String resumed(Offers offers, String message) {
        if (!message.toUpperCase(Locale.ROOT).startsWith("DCC RESUME ")) {
            return message;
        }
        for (Map.Entry<Integer, Integer> each : offers.byOutside.entrySet()) {
            String changed = exchange(message, each.getKey(), each.getValue());
            if (!changed.equals(message)) {
                return changed;
            }
        }
        return message;
    }

    /** Changes the port before the position, which is the last word. */
    private static String exchange(String message, int from, int to) {
        int last = message.lastIndexOf(' ');
        int before = last < 0 ? -1 : message.lastIndexOf(' ', last - 1);
        boolean same = before >= 0 && message.substring(before + 1, last).equals(Integer.toString(from));
        return same ? message.substring(0, before + 1) + to + message.substring(last) : message;
    }
}

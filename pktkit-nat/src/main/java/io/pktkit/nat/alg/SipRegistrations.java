// SPDX-License-Identifier: MIT
package io.pktkit.nat.alg;

import io.pktkit.nat.alg.SipMessage.Header;
import io.pktkit.nat.helper.HelperFlow;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the host registers at the other side of a flow. An answer counts only if it has the Call-ID of a request that the host
 * has sent, which strangers do not know, and only for what the host has asked for with it: anybody may send an answer.
 */
final class SipRegistrations {

    /** Registrations that are followed, of more the oldest is not; and contacts of each. */
    static final int MOST = 16;

    private static final int SIP = 5060;

    /** A registration that says nothing else lasts an hour, RFC 3261 section 10.2. */
    private static final int DEFAULT_EXPIRES = 3600;

    /** By the Call-ID. */
    private final Map<String, Registration> all = new LinkedHashMap<>(16, 0.75F, true);

    /** Contacts that the host has asked for, and those that are kept open: protocol and port, as the host knows them. */
    private static final class Registration {
        final Set<Integer> asked = new LinkedHashSet<>();
        final Set<Integer> open = new LinkedHashSet<>();
    }

    int size() {
        return all.size();
    }

    boolean knows(String callId) {
        return all.containsKey(callId);
    }

    void forgetOldest() {
        all.remove(all.keySet().iterator().next());
    }

    /** The host asks for its contacts, again and again with the same Call-ID (RFC 3261 section 10.2). */
    void ask(HelperFlow flow, String callId, SipMessage message) {
        Registration own = all.computeIfAbsent(callId, each -> new Registration());
        for (Contact each : contacts(flow, message, flow.inside())) {
            if (own.asked.size() < MOST) {
                own.asked.add(each.protocol << 16 | each.port);
            }
        }
    }

    /** The registrar says for how long it keeps which contacts (RFC 3261 section 10.3). */
    void answer(HelperFlow flow, String callId, SipMessage message) {
        Registration own = all.get(callId);
        if (own == null) {
            return;
        }
        Set<Integer> gone = new LinkedHashSet<>(own.open);
        for (Contact each : contacts(flow, message, flow.outside())) {
            int key = each.protocol << 16 | Math.max(0, flow.insidePort(each.protocol, each.port));
            if (each.seconds > 0 && own.asked.contains(key)) {
                gone.remove(key);
                own.open.add(key);
                Duration lasts = Duration.ofSeconds(Math.min(each.seconds, SipHelper.MAX_REGISTRATION.toSeconds()));
                flow.open(key >>> 16, key & 0xFFFF, flow.remote(), 0, lasts);
                flow.follow(key >>> 16, key & 0xFFFF, null, lasts);
            }
        }
        own.open.removeAll(gone);
        for (int key : gone) {
            if (all.values().stream().noneMatch(other -> other.open.contains(key))) {
                flow.close(key >>> 16, key & 0xFFFF);
            }
        }
    }

    private record Contact(int protocol, int port, int seconds) {}

    /** The contacts of a message that are at an address. */
    private static List<Contact> contacts(HelperFlow flow, SipMessage message, IpAddress address) {
        List<Contact> contacts = new ArrayList<>(2);
        String lasts = message.value("expires");
        int common = lasts == null ? DEFAULT_EXPIRES : Numbers.seconds(lasts);
        SipText text = new SipText(message.text);
        for (Header header : message.headers()) {
            if (!header.name().equals("contact")) {
                continue;
            }
            int at = header.from();
            while (text.nextUri(at, header.to())) {
                if (text.isAddress(text.hostFrom, text.hostTo, address)) {
                    contacts.add(contact(flow, text, header.to(), common));
                }
                at = Math.max(at + 1, text.end);
            }
        }
        return contacts;
    }

    /** The contact whose URI was found. */
    private static Contact contact(HelperFlow flow, SipText text, int to, int common) {
        int next = text.text.indexOf(',', text.end);
        int stop = next < 0 || next > to ? to : next;
        int expires = text.parameter("expires", text.portTo, stop);
        int seconds =
                expires < 0 ? common : Numbers.seconds(text.text.substring(expires, text.valueEnd(expires, stop)));
        int transport = text.parameter("transport", text.portTo, text.end);
        boolean udp = transport < 0
                ? flow.protocol() == IpProtocol.UDP
                : text.text.regionMatches(true, transport, "udp", 0, 3);
        int protocol = udp ? IpProtocol.UDP : IpProtocol.TCP;
        return new Contact(protocol, text.port == 0 ? SIP : text.port, seconds);
    }
}

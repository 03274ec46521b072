// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

import io.pktkit.pcap.internal.filter.FilterParser;
import io.pktkit.pcap.internal.filter.Test;
import io.pktkit.wire.Packet;
import io.pktkit.wire.Pdu;

/**
 * Says which packets are recorded, in a part of the language of pcap-filter(7), with its meanings:
 *
 * <pre>
 *   host A   src host A   dst host A      also without "host"; an address of IPv4 is looked for in ARP, too
 *   net P    src net P    dst net P       P is an address and a length, such as 10.0.0.0/8
 *   port N   src port N   dst port N      TCP, UDP and SCTP; with tcp or udp before it only that
 *   portrange N-M                         in the same ways
 *   ip  ip6  arp  icmp  icmp6  tcp  udp  proto N
 *   ether host M   ether src M   ether dst M   broadcast   multicast   vlan   vlan N
 *   less N   greater N                    bytes, both inclusive
 *   not X   X and Y   X or Y   ( X )      also ! &amp;&amp; ||
 * </pre>
 *
 * <p>As there, {@code and} and {@code or} bind equally and from the left, and {@code not} binds closest. Two things are
 * different, and simpler: an 802.1Q tag is looked through, so {@code vlan 5 and port 80} and {@code port 80} both find what
 * they say, and the extension headers of IPv6 are passed over. A packet without an Ethernet header never matches what asks for
 * one. Total: no packet makes it throw. Immutable, for any thread.
 */
public final class CaptureFilter {

    /** As long as a text may be. */
    public static final int MAX_LENGTH = 4096;

    private final String text;
    private final Test test;

    private CaptureFilter(String text, Test test) {
        this.text = text;
        this.test = test;
    }

    /**
     * Reads a filter.
     *
     * @param text the text, such as {@code arp or udp port 67}
     * @return the filter
     * @throws CaptureFilterException if it is none; the message shows the place
     */
    public static CaptureFilter parse(String text) {
        if (text.length() > MAX_LENGTH) {
            throw new CaptureFilterException(
                    "a filter has at most " + MAX_LENGTH + " characters, and this has " + text.length(), MAX_LENGTH);
        }
        return new CaptureFilter(text, new FilterParser(text).parse());
    }

    /**
     * Tells whether a packet is to be recorded.
     *
     * @param pdu the packet or frame; left as it is
     * @return whether it matches
     */
    public boolean matches(Pdu pdu) {
        Packet packet = pdu.packet();
        return test.matches(pdu, packet);
    }

    /** {@return the text that it was read from} */
    @Override
    public String toString() {
        return text;
    }
}

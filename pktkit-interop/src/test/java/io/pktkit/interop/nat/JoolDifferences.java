// SPDX-License-Identifier: MIT
package io.pktkit.interop.nat;

import java.util.List;

/** What we do otherwise than Jool 4.1.9, and the sentence that decides it. */
final class JoolDifferences {

    /** What TCP needs of a quoted packet for Jool to look at it, behind an IPv4 header and an IPv6 one. */
    private static final int WHOLE_TCP = 20 + 20;

    private static final int WHOLE_TCP_V6 = 40 + 20;

    private JoolDifferences() {}

    static boolean isKnown(String step, List<String> theirs, List<String> ours) {
        if (step.contains(" error ")) {
            return isKnownOfErrors(step, theirs, ours);
        }
        // RFC 6146 section 3.5.2.2 makes state for a SYN, RFC 1812 section 5.3.1 discards one without hops: here it
        // begins
        // nothing, there the segments behind it pass.
        if (step.startsWith("out tcp ") && !step.contains("SYN") && theirs.size() == 1 && ours.isEmpty()) {
            return true;
        }
        // RFC 4443 section 3.3 has a router tell of a packet without hops; Jool does not of a segment that is of no
        // session.
        if (step.matches("out tcp .* ttl 1") && !step.contains("SYN") && theirs.isEmpty()) {
            return ours.size() == 1 && ours.get(0).contains(" type 3 code 0 ");
        }
        // RFC 1812 section 4.3.2.4: an error is from an address of the router, of which it has one of its own and we
        // the translated one.
        return step.startsWith("in ")
                && step.endsWith(" ttl 1")
                && theirs.size() == 1
                && List.of(asFromUs(theirs.get(0))).equals(ours);
    }

    private static String asFromUs(String error) {
        return error.replace("198.51.100.1 >", OracleRun.PUBLIC + " >");
    }

    /** The same of single packets, and of errors with any code. */
    static boolean isKnownOfFields(String what, List<String> theirs, List<String> ours) {
        if (theirs.size() != 1 || ours.size() != 1) {
            return false;
        }
        // RFC 7915 section 5.1: all of the traffic class is copied; there only what Linux routes by.
        if (what.startsWith("class to IPv4 ")) {
            int trafficClass = Integer.parseInt(what.replaceAll(".* ", ""));
            String routed = " class " + (trafficClass & 0x1C) + " ";
            return theirs.get(0).replace(routed, " class " + trafficClass + " ").equals(ours.get(0));
        }
        // RFC 7915 section 5.2: the MTU told less 20, which is nothing here; RFC 791 has no less than 68.
        if (what.matches("ICMPv6 2/. 0")) {
            return theirs.get(0).replace(" rest 1480 ", " rest 68 ").equals(ours.get(0));
        }
        // RFC 1812 section 4.3.2.4, as above; whether an error may be cut is said nowhere.
        return asFromUs(theirs.get(0)).equals(ours.get(0).replace(" DF type ", " type "));
    }

    private static boolean isKnownOfErrors(String step, List<String> theirs, List<String> ours) {
        int quotes = Integer.parseInt(step.replaceAll(".* quotes ([0-9]+) .*", "$1"));
        // RFC 1122 section 3.2.2: an error quotes at least eight octets behind the header, which name the session; Jool
        // wants all of a TCP header.
        if (step.contains(" about tcp ")
                && theirs.isEmpty()
                && ours.size() == 1
                && quotes < (step.startsWith("in ") ? WHOLE_TCP : WHOLE_TCP_V6)) {
            return true;
        }
        // RFC 5927 section 4: an error is to be about something that was sent; Jool asks for the host's port alone.
        return step.startsWith("out ") && step.contains(" damage 0 ") && theirs.size() == 1 && ours.isEmpty();
    }
}

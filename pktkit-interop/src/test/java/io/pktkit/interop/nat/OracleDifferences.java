// SPDX-License-Identifier: MIT
package io.pktkit.interop.nat;

import java.util.LinkedHashSet;
import java.util.List;

/** What we do otherwise than the Rust port, and the sentence that decides it. */
final class OracleDifferences {

    /** What a step is called whose datagram has a fragment twice. */
    static final String WITH_DUPLICATE = " with a duplicate";

    private OracleDifferences() {}

    static boolean isKnown(String step, List<String> theirs, List<String> ours) {
        // RFC 6146 section 3.5.2.2 and RFC 5382: a connection begins with a SYN; the port maps whatever comes.
        if (step.startsWith("out tcp") && !step.contains("SYN") && ours.isEmpty()) {
            return true;
        }
        if (step.contains(" fragment ") && isKnownOfFragments(step, theirs, ours)) {
            return true;
        }
        if (step.contains(" error ") && isKnownOfErrors(step, theirs, ours)) {
            return true;
        }
        if (!step.endsWith(" ttl 1") || ours.size() != 1) {
            return false;
        }
        // RFC 1812 section 4.3.2.8: how many errors are sent is limited, by them in real time, by us in the test's.
        if (theirs.isEmpty()) {
            return ours.get(0).contains(" type ");
        }
        // RFC 4443 section 2.2: an error is from an address of the router; theirs is its outside one, in the prefix.
        // RFC 1812 section 4.3.2.5: the precedence of an error of IPv4 should be 6; theirs is 0.
        return theirs.get(0)
                .replace("64:ff9b::cb00:7101 >", "64:ff9b:1::1 >")
                .replaceFirst(" protocol 1 class 0 ", " protocol 1 class 192 ")
                .equals(ours.get(0));
    }

    private static boolean isKnownOfFragments(String step, List<String> theirs, List<String> ours) {
        // RFC 8200 section 4.5: an exact duplicate may be dropped while the other fragments are kept, as here; the port
        // passes it
        // on, or, where it puts fragments together, drops the datagram.
        if (step.contains(WITH_DUPLICATE)
                && (theirs.isEmpty() || List.copyOf(new LinkedHashSet<>(theirs)).equals(ours) || ours.isEmpty())) {
            return true;
        }
        // RFC 6946 section 4: an IPv6 packet that is its only fragment is processed as a whole one; the port drops such
        // pings.
        if (step.startsWith("out icmp") && step.contains(" fragment 0 of 1 ") && theirs.isEmpty()) {
            return true;
        }
        // RFC 1812 sections 4.3.2.3 and 4.3.2.7: an error quotes what was received, and is not about later fragments.
        // Where it puts
        // fragments together, the port looks at the hop limit of the whole.
        return step.endsWith(" ttl 1")
                && theirs.size() == 1
                && theirs.get(0).contains(" type 11 code 0 ")
                && (ours.isEmpty() || ours.get(0).contains(" type 11 code 0 "));
    }

    private static boolean isKnownOfErrors(String step, List<String> theirs, List<String> ours) {
        boolean damaged = step.contains(" damage 0 ") || step.contains(" damage 1 ");
        // RFC 5508 REQ-4 and REQ-5: an error is translated where there is a mapping for what it quotes; the port passes
        // none of
        // inside hosts about pings, nor about packets of a remote that the host never spoke to.
        if (theirs.isEmpty() && ours.size() == 1 && !damaged) {
            return true;
        }
        // RFC 6146 section 3.5.2.2: a reset, or what else opens nothing, begins no session that an error could be
        // about.
        if (ours.isEmpty() && step.contains(" about tcp ")) {
            return true;
        }
        // RFC 7915 sections 4.2 and 5.2: no more than the MTU of the next hop, which is 1500 here.
        boolean mtu = step.startsWith("in error 3/4 ") || step.startsWith("out error 2/0 ");
        return mtu
                && theirs.size() == 1
                && ours.size() == 1
                && theirs.get(0)
                        .replaceFirst(" rest 15[0-9]{2} ", " rest 1500 ")
                        .equals(ours.get(0));
    }
}

// SPDX-License-Identifier: MIT
package io.pktkit.pcap.internal.filter;

import io.pktkit.pcap.CaptureFilterException;
import io.pktkit.wire.AddressFormatException;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.MacAddress;
import java.util.Locale;

/**
 * Reads a filter, by recursive descent over its words. One for each text.
 *
 * <pre>
 *   filter    = [ chain ]                     an empty one takes everything, as with tcpdump
 *   chain     = factor { ("and" | "or") factor }
 *   factor    = "not" factor | "(" chain ")" | primitive
 * </pre>
 */
public final class FilterParser {

    /** How deep parentheses and negations may be nested, so that no text exhausts the stack. */
    private static final int MAX_DEPTH = 100;

    private static final int MAX_PORT = 65_535;
    private static final int MAX_VLAN = 4095;
    private static final int MAX_PROTOCOL = 255;
    private static final int MAX_BYTES = 1 << 20;

    private final String text;
    private int at;
    private int depth;

    /** The present word and where it begins; empty at the end. */
    private String word = "";

    private int begin;

    /**
     * Begins with a text.
     *
     * @param text the text
     */
    public FilterParser(String text) {
        this.text = text;
        next();
    }

    /**
     * Reads all of it.
     *
     * @return what it asks
     * @throws CaptureFilterException if it is no filter
     */
    public Test parse() {
        if (word.isEmpty()) {
            return Tests.anything();
        }
        Test test = chain();
        if (!word.isEmpty()) {
            throw expected("'and', 'or' or the end");
        }
        return test;
    }

    private Test chain() {
        Test test = factor();
        while (true) {
            if (skip("and") || skip("&&")) {
                test = Tests.and(test, factor());
            } else if (skip("or") || skip("||")) {
                test = Tests.or(test, factor());
            } else {
                return test;
            }
        }
    }

    private Test factor() {
        if (++depth > MAX_DEPTH) {
            throw failure("nested more than " + MAX_DEPTH + " deep");
        }
        Test test;
        if (skip("not") || skip("!")) {
            test = Tests.not(factor());
        } else if (skip("(")) {
            test = chain();
            if (!skip(")")) {
                throw expected("')'");
            }
        } else {
            test = primitive();
        }
        depth--;
        return test;
    }

    @SuppressWarnings("StatementSwitchToExpressionSwitch") // each case reads on
    private Test primitive() {
        String first = word.toLowerCase(Locale.ROOT);
        switch (first) {
            case "ip":
                next();
                return Tests.family(IpFamily.IPV4);
            case "ip6":
                next();
                return Tests.family(IpFamily.IPV6);
            case "arp":
                next();
                return Tests.etherType(EtherType.ARP);
            case "icmp":
                next();
                return Tests.protocol(IpFamily.IPV4, IpProtocol.ICMP);
            case "icmp6":
                next();
                return Tests.protocol(IpFamily.IPV6, IpProtocol.ICMPV6);
            case "tcp":
                next();
                return protocolOrPorts(IpProtocol.TCP);
            case "udp":
                next();
                return protocolOrPorts(IpProtocol.UDP);
            case "proto":
                next();
                return Tests.protocol(number("a protocol's number", MAX_PROTOCOL));
            case "ether":
                next();
                return ether();
            case "broadcast":
                next();
                return Tests.broadcast();
            case "multicast":
                next();
                return Tests.multicast();
            case "vlan":
                next();
                return isNumber() ? Tests.vlan(number("a VLAN", MAX_VLAN)) : Tests.vlan();
            case "less":
                next();
                return Tests.longest(number("a number of bytes", MAX_BYTES));
            case "greater":
                next();
                return Tests.shortest(number("a number of bytes", MAX_BYTES));
            default:
                return address();
        }
    }

    private Test protocolOrPorts(int protocol) {
        int back = begin;
        Side side = side();
        if (isWord("port") || isWord("portrange")) {
            return ports(side, protocol);
        }
        if (side != Side.EITHER || begin != back) {
            throw expected("'port' or 'portrange'");
        }
        return Tests.protocol(protocol);
    }

    private Test ether() {
        if (skip("broadcast")) {
            return Tests.broadcast();
        }
        if (skip("multicast")) {
            return Tests.multicast();
        }
        Side side = side();
        skip("host");
        try {
            long mac = MacAddress.parse(word).toLong();
            next();
            return Tests.station(side, mac);
        } catch (AddressFormatException none) {
            throw expected("a MAC address, 'host', 'src', 'dst', 'broadcast' or 'multicast'");
        }
    }

    private Test address() {
        Side side = side();
        if (isWord("port") || isWord("portrange")) {
            return ports(side, 0);
        }
        if (skip("net")) {
            return Tests.net(side, prefix());
        }
        skip("host");
        return Tests.net(side, host());
    }

    private Side side() {
        if (skip("src")) {
            return Side.SOURCE;
        }
        return skip("dst") ? Side.DESTINATION : Side.EITHER;
    }

    private Test ports(Side side, int protocol) {
        boolean range = isWord("portrange");
        next();
        if (!range) {
            int port = number("a port", MAX_PORT);
            return Tests.ports(side, protocol, port, port);
        }
        int dash = word.indexOf('-');
        if (dash < 0) {
            throw expected("two ports with a hyphen between, such as 8000-8080");
        }
        int first = number(word.substring(0, dash), "a port", MAX_PORT);
        int last = number(word.substring(dash + 1), "a port", MAX_PORT);
        if (first > last) {
            throw expected("the lower port first");
        }
        next();
        return Tests.ports(side, protocol, first, last);
    }

    private IpPrefix host() {
        try {
            IpAddress address = IpAddress.parse(word);
            next();
            return IpPrefix.of(address, address.isIpv4() ? 32 : 128);
        } catch (AddressFormatException none) {
            throw expected("an address, or one of the words of a filter");
        }
    }

    private IpPrefix prefix() {
        try {
            IpPrefix prefix = IpPrefix.parse(word).masked();
            next();
            return prefix;
        } catch (AddressFormatException none) {
            throw expected("an address and a length, such as 10.0.0.0/8");
        }
    }

    private boolean isNumber() {
        return !word.isEmpty() && word.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private int number(String what, int most) {
        int number = number(word, what, most);
        next();
        return number;
    }

    private int number(String digits, String what, int most) {
        boolean plain =
                !digits.isEmpty() && digits.length() <= 7 && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!plain || Integer.parseInt(digits) > most) {
            throw expected(what + ", 0 to " + most);
        }
        return Integer.parseInt(digits);
    }

    private boolean isWord(String wanted) {
        return word.equalsIgnoreCase(wanted);
    }

    private boolean skip(String wanted) {
        boolean there = isWord(wanted);
        if (there) {
            next();
        }
        return there;
    }

    /** Words end at blanks; parentheses and signs are words of their own. */
    private void next() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        begin = at;
        if (at < text.length() && isSign(text.charAt(at))) {
            boolean twice = text.startsWith("&&", at) || text.startsWith("||", at);
            at += twice ? 2 : 1;
        } else {
            while (at < text.length() && !Character.isWhitespace(text.charAt(at)) && !isSign(text.charAt(at))) {
                at++;
            }
        }
        word = text.substring(begin, at);
    }

    private static boolean isSign(char c) {
        return c == '(' || c == ')' || c == '!' || c == '&' || c == '|';
    }

    private CaptureFilterException expected(String what) {
        return failure("expected " + what + (word.isEmpty() ? ", and there it ends" : " in place of '" + word + "'"));
    }

    private CaptureFilterException failure(String what) {
        return new CaptureFilterException("filter, character " + (begin + 1) + ": " + what + ": " + text, begin);
    }
}

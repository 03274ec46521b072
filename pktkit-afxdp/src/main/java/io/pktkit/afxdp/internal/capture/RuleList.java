// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.capture;

import io.pktkit.afxdp.capture.CaptureRule;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The value of a trie: rules of four bytes, packed, ended by a zero or by the end.
 *
 * <pre>
 *  0      1          2
 *  +------+----------+-----------+
 *  | kind | protocol | port      |    the port as on the wire, so that the program compares what it loads
 *  +------+----------+-----------+
 * </pre>
 */
public final class RuleList {

    /** Bytes of a rule. */
    public static final int RULE_SIZE = 4;

    static final int KIND_END = 0;
    static final int KIND_ANY = 1;
    static final int KIND_PROTOCOL = 2;
    static final int KIND_PORT = 3;

    static final int KIND_OFFSET = 0;
    static final int PROTOCOL_OFFSET = 1;
    static final int PORT_OFFSET = 2;

    private RuleList() {}

    /**
     * Puts rules in the order in which the program walks them: the one that takes all first, as it needs no look at the
     * packet; the others as they came, each once.
     *
     * @param rules in any order
     * @return the order
     */
    static List<CaptureRule> walkOrder(Collection<CaptureRule> rules) {
        Set<CaptureRule> ordered = new LinkedHashSet<>();
        if (rules.contains(CaptureRule.any())) {
            ordered.add(CaptureRule.any());
        }
        ordered.addAll(rules);
        return List.copyOf(ordered);
    }

    /**
     * Encodes rules.
     *
     * @param rules at most {@code maxRules}, in walk order
     * @param maxRules the rules that a value has room for
     * @return the value
     */
    public static byte[] encode(List<CaptureRule> rules, int maxRules) {
        byte[] value = new byte[maxRules * RULE_SIZE];
        for (int i = 0; i < rules.size(); i++) {
            CaptureRule rule = rules.get(i);
            int at = i * RULE_SIZE;
            value[at + KIND_OFFSET] = (byte) kind(rule);
            value[at + PROTOCOL_OFFSET] = (byte) rule.protocol();
            value[at + PORT_OFFSET] = (byte) (rule.port() >>> 8);
            value[at + PORT_OFFSET + 1] = (byte) rule.port();
        }
        return value;
    }

    private static int kind(CaptureRule rule) {
        return switch (rule.kind()) {
            case ANY -> KIND_ANY;
            case PROTOCOL -> KIND_PROTOCOL;
            case PORT -> KIND_PORT;
        };
    }
}

// SPDX-License-Identifier: MIT
package io.pktkit.nat.alg;

/** Numbers in text that anybody may have written. */
final class Numbers {

    private Numbers() {}

    static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /** A plain number of at most five digits; -1 if it is none, or more than the most. */
    static int decimal(String text, int from, int to, int most) {
        if (to - from < 1 || to - from > 5) {
            return -1;
        }
        int value = 0;
        for (int at = from; at < to; at++) {
            if (!isDigit(text.charAt(at))) {
                return -1;
            }
            value = value * 10 + text.charAt(at) - '0';
        }
        return value <= most ? value : -1;
    }

    /** A number of seconds (RFC 3261 section 25.1, delta-seconds): what is no number is an hour, and more than a day is a day. */
    static int seconds(String text) {
        String digits = text.trim();
        long value = 0;
        for (int at = 0; at < digits.length(); at++) {
            if (!isDigit(digits.charAt(at))) {
                return 3600;
            }
            value = Math.min(86_400, value * 10 + digits.charAt(at) - '0');
        }
        return digits.isEmpty() ? 3600 : (int) value;
    }
}

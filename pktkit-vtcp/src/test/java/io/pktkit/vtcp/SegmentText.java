// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Segments as text, such as {@code "[ect0] P. 1:1001(1000) ack 1 win 65535 <mss 1460,sackOK,wscale 5>"}: codepoint (noecn,
 * ect0, ect1, ce), flags (S F R P, E for ECE, W for CWR, A for AE, and a dot for ACK), sequence numbers relative to the
 * initial ones, payload length, and options by name, Fast Open as "FO HEX", AccECN as "ECN0" or "ECN1" for the order,
 * and its fields. A super-segment has the payload of its segments behind its own: "(5000/1000)". "RAW HEX" are bytes to inject as they are. Parsing gives what to inject or to expect; a field that is
 * left out is not compared.
 */
record SegmentText(
        int ecn, int flags, int start, int length, int segmentSize, int ack, int window, List<String> options) {
    static final int ANY = Integer.MIN_VALUE;
    private static final List<String> CODEPOINTS = List.of("noecn", "ect1", "ect0", "ce");
    private static final Pattern FORM =
            Pattern.compile("(?:\\[(\\w+)] )?([SFRP.EWA]+) (-?\\d+):(-?\\d+)\\((\\d+)(?:/(\\d+))?\\)"
                    + "(?: ack (-?\\d+))?(?: win (\\d+))?(?: <(.*)>)?");

    static SegmentText parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a segment: " + text);
        }
        int start = Integer.parseInt(matcher.group(3));
        int length = Integer.parseInt(matcher.group(5));
        if (Integer.parseInt(matcher.group(4)) != start + length) {
            throw new IllegalArgumentException("length does not fit: " + text);
        }
        List<String> options = matcher.group(9) == null
                ? List.of("any")
                : List.of(matcher.group(9).split(","));
        return new SegmentText(
                codepoint(matcher.group(1)),
                flagsOf(matcher.group(2)),
                start,
                length,
                matcher.group(6) == null ? 0 : Integer.parseInt(matcher.group(6)),
                number(matcher.group(7)),
                number(matcher.group(8)),
                options);
    }

    /** Reads a segment of which the codepoint does not matter. */
    static SegmentText of(TcpSegment segment, int iss, int irs) {
        return of(segment, 0, ANY, iss, irs);
    }

    /** Reads a segment that the engine sent. */
    static SegmentText of(TcpSegment segment, int segmentSize, int ecn, int iss, int irs) {
        List<String> options = new ArrayList<>();
        ByteBuffer b = segment.buffer();
        int end = segment.optionsOffset() + segment.optionsLength();
        for (int at = segment.optionsOffset(); at < end; at += (b.get(at) & 0xff) <= 1 ? 1 : b.get(at + 1)) {
            switch (b.get(at) & 0xff) {
                case 2 -> options.add("mss " + (b.getShort(at + 2) & 0xffff));
                case 3 -> options.add("wscale " + b.get(at + 2));
                case 4 -> options.add("sackOK");
                case 5 -> {
                    for (int i = at + 2; i < at + b.get(at + 1); i += 8) {
                        options.add("sack " + (b.getInt(i) - irs) + ":" + (b.getInt(i + 4) - irs));
                    }
                }
                case 8 -> options.add("TS " + b.getInt(at + 2) + " " + b.getInt(at + 6));
                case 172, 174 -> {
                    StringBuilder counters = new StringBuilder((b.get(at) & 0xff) == 172 ? "ECN0" : "ECN1");
                    for (int i = at + 2; i < at + b.get(at + 1); i += 3) {
                        counters.append(' ').append(b.getInt(i - 1) & 0xffffff);
                    }
                    options.add(counters.toString());
                }
                case 34 -> {
                    byte[] cookie = new byte[b.get(at + 1) - 2];
                    b.get(at + 2, cookie);
                    options.add(("FO " + HexFormat.of().formatHex(cookie)).strip());
                }
                case 0, 1 -> {}
                default -> options.add("kind " + b.get(at));
            }
        }
        boolean ack = segment.has(TcpSegment.ACK);
        return new SegmentText(
                ecn,
                segment.flags(),
                segment.sequenceNumber() - iss,
                segment.payloadLength(),
                segmentSize,
                ack ? segment.acknowledgmentNumber() - irs : ANY,
                segment.window(),
                options);
    }

    /** Where the payload begins in the stream, which counts from 1: a SYN has a sequence number of its own. */
    int firstOctet() {
        return start + ((flags & TcpSegment.SYN) != 0 ? 1 : 0);
    }

    /** Whether an actual segment is what this one describes; "TS" alone stands for any timestamp. */
    boolean matches(SegmentText actual) {
        return flags == actual.flags
                && (ecn == ANY || ecn == actual.ecn)
                && start == actual.start
                && length == actual.length
                && segmentSize == actual.segmentSize
                && (ack == ANY || ack == actual.ack)
                && (window == ANY || window == actual.window)
                && (options.contains("any") || optionsMatch(actual.options));
    }

    private boolean optionsMatch(List<String> actual) {
        List<String> wanted = options.equals(List.of("")) ? List.of() : options;
        if (wanted.size() != actual.size()) {
            return false;
        }
        for (int i = 0; i < wanted.size(); i++) {
            boolean any = wanted.get(i).equals("TS") && actual.get(i).startsWith("TS ");
            if (!any && !wanted.get(i).equals(actual.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** The codepoint to inject with. */
    int codepoint() {
        return ecn == ANY ? 0 : ecn;
    }

    /** The bytes of the segment, for injection. */
    ByteBuffer encode(int seqBase, int ackBase) {
        ByteBuffer b = ByteBuffer.allocate(20 + 40 + length);
        b.position(20);
        boolean inSack = false;
        for (String option : options) {
            String[] words = option.split("[ :]", -1);
            switch (words[0]) {
                case "mss" -> b.put((byte) 2).put((byte) 4).putShort((short) Integer.parseInt(words[1]));
                case "wscale" -> b.put((byte) 3).put((byte) 3).put((byte) Integer.parseInt(words[1]));
                case "sackOK" -> b.put((byte) 4).put((byte) 2);
                case "sack" -> {
                    if (!inSack) {
                        long blocks = options.stream()
                                .filter(o -> o.startsWith("sack "))
                                .count();
                        b.put((byte) 5).put((byte) (2 + 8 * blocks)); // all blocks are in one option
                        inSack = true;
                    }
                    b.putInt(ackBase + Integer.parseInt(words[1])).putInt(ackBase + Integer.parseInt(words[2]));
                }
                case "TS" -> {
                    b.put((byte) 8).put((byte) 10);
                    b.putInt(Integer.parseInt(words[1])).putInt(Integer.parseInt(words[2]));
                }
                case "ECN0", "ECN1" -> {
                    b.put((byte) (words[0].equals("ECN0") ? 172 : 174)).put((byte) (3 * words.length - 1));
                    for (int i = 1; i < words.length; i++) {
                        int value = Integer.parseInt(words[i]);
                        b.put((byte) (value >> 16)).putShort((short) value);
                    }
                }
                case "RAW" -> b.put(HexFormat.of().parseHex(words[1]));
                case "FO" -> {
                    byte[] cookie =
                            words.length == 1 ? new byte[0] : HexFormat.of().parseHex(words[1]);
                    b.put((byte) 34).put((byte) (2 + cookie.length)).put(cookie);
                }
                default -> {}
            }
        }
        while (b.position() % 4 != 0) {
            b.put((byte) 1);
        }
        int header = b.position();
        b.putInt(0, 80 << 16 | 40000);
        b.putInt(4, seqBase + start);
        b.putInt(8, ack == ANY ? 0 : ackBase + ack);
        b.putInt(12, (header / 4) << 28 | flags << 16 | (window == ANY ? 65535 : window));
        for (int i = 0; i < length; i++) {
            b.put((byte) (firstOctet() + i));
        }
        return b.flip();
    }

    @Override
    public String toString() {
        return (ecn == ANY ? "" : "[" + CODEPOINTS.get(ecn) + "] ") + TcpSegment.flagsText(flags) + " " + start + ":"
                + (start + length) + "(" + length + (segmentSize == 0 ? "" : "/" + segmentSize) + ")"
                + (ack == ANY ? "" : " ack " + ack) + (window == ANY ? "" : " win " + window) + " <"
                + String.join(",", options) + ">";
    }

    private static int flagsOf(String letters) {
        int flags = 0;
        for (int i = 0; i < letters.length(); i++) {
            flags |= switch (letters.charAt(i)) {
                case 'S' -> TcpSegment.SYN;
                case 'F' -> TcpSegment.FIN;
                case 'R' -> TcpSegment.RST;
                case 'P' -> TcpSegment.PSH;
                case 'E' -> TcpSegment.ECE;
                case 'W' -> TcpSegment.CWR;
                case 'A' -> TcpSegment.AE;
                default -> TcpSegment.ACK;
            };
        }
        return flags;
    }

    private static int codepoint(String name) {
        return name == null ? ANY : CODEPOINTS.indexOf(name);
    }

    private static int number(String digits) {
        return digits == null ? ANY : Integer.parseInt(digits);
    }
}

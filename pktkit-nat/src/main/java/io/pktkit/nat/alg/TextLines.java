// SPDX-License-Identifier: MIT
package io.pktkit.nat.alg;

import io.pktkit.nat.helper.HelperPayload;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The lines of a payload, which ends and begins anywhere. Lines are given without their end, and only whole ones. */
final class TextLines {

    /** A longer line is nothing that a gateway knows. */
    private static final int MAX_LINE = 512;

    private final HelperPayload payload;

    /** Where the present line begins, and ends. */
    private int start;

    private int end;
    private int next;

    /**
     * Begins with the first line that begins in the payload.
     *
     * @param midLine whether the payload before ended within a line
     */
    TextLines(HelperPayload payload, boolean midLine) {
        this.payload = payload;
        this.next = midLine ? afterLineEnd(0) : 0;
    }

    private int afterLineEnd(int from) {
        for (int at = from; at < payload.length(); at++) {
            if (payload.at(at) == '\n') {
                return at + 1;
            }
        }
        return payload.length();
    }

    /** The next line as text, one char an octet; null if there is none. */
    @Nullable
    String next() {
        while (next < payload.length()) {
            start = next;
            next = afterLineEnd(start);
            if (payload.at(next - 1) != '\n') {
                return null;
            }
            end = next - 1;
            if (end > start && payload.at(end - 1) == '\r') {
                end--;
            }
            if (end - start <= MAX_LINE) {
                byte[] bytes = new byte[end - start];
                payload.bytes().get(start, bytes);
                return new String(bytes, StandardCharsets.ISO_8859_1);
            }
        }
        return null;
    }

    /** Replaces a part of the present line. */
    boolean replace(int from, int to, String with) {
        if (!payload.replace(start + from, start + to, with.getBytes(StandardCharsets.ISO_8859_1))) {
            return false;
        }
        int growth = with.length() - (to - from);
        end += growth;
        next += growth;
        return true;
    }

    /** Whether the payload ends within a line. */
    static boolean endsMidLine(HelperPayload payload) {
        return payload.length() > 0 && payload.at(payload.length() - 1) != '\n';
    }
}

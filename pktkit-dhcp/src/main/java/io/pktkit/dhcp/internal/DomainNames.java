// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names as DHCP carries them: text in options 12 and 15, DNS labels in option 119 (RFC 3397, with the compression of RFC 1035
 * section 4.1.4 on reading only). What is read is limited to letters, digits, hyphen, underscore and dot: it ends up on
 * terminals and in configuration files.
 */
public final class DomainNames {
    private static final int MAX_NAME = 253;
    private static final int MAX_LABEL = 63;
    private static final int MAX_NAMES = 32;
    private static final int POINTER = 0xC0;
    private static final Pattern DOT = Pattern.compile("\\.");

    private DomainNames() {}

    /** Whether a name can be sent: labels of 1 to 63 of the allowed characters, 253 in all. */
    public static boolean isValid(String name) {
        int label = 0;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '.' && label > 0) {
                label = 0;
            } else if (isAllowed(c) && label < MAX_LABEL) {
                label++;
            } else {
                return false;
            }
        }
        return label > 0 && name.length() <= MAX_NAME;
    }

    /** A text option as a name, without trailing NULs and dot; null if it is missing or not a valid name. */
    public static @Nullable String fromText(byte @Nullable [] value) {
        if (value == null) {
            return null;
        }
        int end = value.length;
        while (end > 0 && value[end - 1] == 0) {
            end--; // RFC 2132 section 2: some send a terminating NUL
        }
        if (end > 0 && value[end - 1] == '.') {
            end--;
        }
        String name = new String(value, 0, end, StandardCharsets.ISO_8859_1);
        return isValid(name) ? name : null;
    }

    public static byte[] toText(String name) {
        return name.getBytes(StandardCharsets.US_ASCII);
    }

    /** Option 119 of a list of valid names. */
    public static byte[] encodeSearch(List<String> names) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String name : names) {
            DOT.splitAsStream(name).forEach(label -> {
                out.write(label.length());
                out.writeBytes(toText(label));
            });
            out.write(0);
        }
        return out.toByteArray();
    }

    /** How many octets {@link #encodeSearch} makes of a list: a length for each label but the dots, and the root. */
    public static int encodedLength(List<String> names) {
        return names.stream().mapToInt(name -> name.length() + 2).sum();
    }

    /** The names of an option 119. A name that is malformed ends the list; at most 32 are read. */
    public static List<String> decodeSearch(byte @Nullable [] value) {
        List<String> names = new ArrayList<>();
        int at = 0;
        while (value != null && at < value.length && names.size() < MAX_NAMES) {
            StringBuilder name = new StringBuilder();
            int next = decodeName(value, at, name);
            if (next == 0 || !isValid(name.toString())) {
                break;
            }
            names.add(name.toString());
            at = next;
        }
        return names;
    }

    /** Reads one name; returns where the next one starts, or 0 if it is malformed. A pointer must lead backwards, so that this ends. */
    private static int decodeName(byte[] value, int start, StringBuilder name) {
        int next = 0;
        int at = start;
        int lowest = start;
        while (true) {
            int size = value[at] & 0xFF;
            if (size == 0) {
                return next == 0 ? at + 1 : next;
            }
            if ((size & POINTER) == POINTER) {
                int target = at + 1 < value.length ? (size & ~POINTER) << 8 | (value[at + 1] & 0xFF) : value.length;
                if (target >= lowest) {
                    return 0;
                }
                next = next == 0 ? at + 2 : next;
                lowest = target;
                at = target;
                continue;
            }
            if (size > MAX_LABEL || size >= value.length - at - 1) { // what ends the name comes after
                return 0;
            }
            if (name.length() > 0) {
                name.append('.');
            }
            name.append(new String(value, at + 1, size, StandardCharsets.ISO_8859_1));
            if (name.length() > MAX_NAME) {
                return 0;
            }
            at += 1 + size;
        }
    }

    private static boolean isAllowed(char c) {
        boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return letter || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }
}

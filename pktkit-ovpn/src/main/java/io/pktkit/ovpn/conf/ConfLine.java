// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.conf;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A line of a file.
 *
 * @param file the file
 * @param number counted from 1
 * @param words the key and its words
 * @param inline what is between its tags; null if it is an ordinary line
 */
record ConfLine(
        Path file, int number, List<String> words, @Nullable String inline) {

    String key() {
        return words.get(0);
    }

    boolean has(int index) {
        return words.size() > index;
    }

    String word(int index, String what) throws ServerConfException {
        if (!has(index)) {
            throw error(what + " is missing", null);
        }
        return words.get(index);
    }

    String word(int index) {
        return has(index) ? words.get(index) : "";
    }

    int number(int index, String what, int least, int most) throws ServerConfException {
        String text = word(index, what);
        try {
            int value = Integer.parseInt(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw error(what + " is a number, not " + text, e);
        }
        throw error(what + " is " + least + " to " + most + ", not " + text, null);
    }

    IpAddress address(int index, String what) throws ServerConfException {
        String text = word(index, what);
        try {
            return IpAddress.parse(text);
        } catch (IllegalArgumentException e) {
            throw error(what + " is an address, not " + text, e);
        }
    }

    /** An IPv4 network and its mask, which is 255.255.255.255 if there is none. */
    IpPrefix network(int index) throws ServerConfException {
        IpAddress network = address(index, "a network");
        if (!network.isIpv4()) {
            throw error("an IPv4 network is needed, not " + network, null);
        }
        int mask = has(index + 1) ? address(index + 1, "a netmask").toIpv4Bits() : -1;
        int length = Integer.bitCount(mask);
        if (length < 32 && mask != -1 << (32 - length) && length > 0) {
            throw error("a netmask has its ones first, unlike " + word(index + 1), null);
        }
        return IpPrefix.of(network, length);
    }

    IpPrefix prefix(int index) throws ServerConfException {
        String text = word(index, "a prefix");
        try {
            return IpPrefix.parse(text);
        } catch (IllegalArgumentException e) {
            throw error("a prefix such as fd00::/64 is needed, not " + text, e);
        }
    }

    ServerConfException error(String problem, @Nullable Throwable cause) {
        return new ServerConfException(file.toString(), number, key() + ": " + problem, cause);
    }
}

// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The text messages of the control channel, each with a NUL behind it. */
final class Messages {

    /** OPTION_LINE_SIZE and more than anybody sends. */
    private static final int MOST = 16;

    private Messages() {}

    static byte[] encode(String message) {
        return (message + "\0").getBytes(StandardCharsets.UTF_8);
    }

    /** What is in a record: usually one message. */
    static List<String> decode(byte[] record) {
        List<String> messages = new ArrayList<>(1);
        for (String message : new String(record, StandardCharsets.UTF_8).split("\0", MOST)) {
            if (!message.isEmpty()) {
                messages.add(message.strip());
            }
        }
        return messages;
    }
}

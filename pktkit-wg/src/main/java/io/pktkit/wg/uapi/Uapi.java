// SPDX-License-Identifier: MIT
package io.pktkit.wg.uapi;

import io.pktkit.wg.PresharedKey;
import io.pktkit.wire.IpPrefix;
import java.time.Instant;

/** The text of the protocol: lines of {@code key=value}, and an empty line at the end. No sockets; any thread. */
public final class Uapi {

    private static final String GET = "get=1\n";
    private static final String SET = "set=1\n";

    private Uapi() {}

    /**
     * Answers a request.
     *
     * @param request its lines, without the empty one at the end
     * @param target whom it is about
     * @return the answer, with its empty line
     */
    public static String answer(String request, UapiTarget target) {
        try {
            if (request.equals(GET)) {
                return format(target.get()) + errno(0);
            }
            if (!request.startsWith(SET)) {
                throw new UapiException(UapiException.EINVAL, "a request is get=1 or set=1");
            }
            target.set(parseUpdate(request.substring(SET.length())));
            return errno(0);
        } catch (UapiException refused) {
            return errno(refused.errno());
        }
    }

    /**
     * Reads what {@code set} asks for.
     *
     * @param lines the lines after {@code set=1}, each with its end
     * @return what is asked for
     * @throws UapiException with {@link UapiException#EINVAL} if one of them is not of the protocol
     */
    public static UapiUpdate parseUpdate(String lines) throws UapiException {
        return new UapiParser().parse(lines);
    }

    /**
     * Writes what an interface is like.
     *
     * @param device the interface
     * @return lines of {@code key=value}, secrets included, without {@code errno} and the empty line
     */
    public static String format(UapiDevice device) {
        StringBuilder text = new StringBuilder(256 + 512 * device.peers().size());
        line(text, "private_key", device.privateKey().toHex());
        line(text, "listen_port", device.listenPort());
        for (UapiDevice.Peer peer : device.peers()) {
            format(text, peer);
        }
        return text.toString();
    }

    private static void format(StringBuilder text, UapiDevice.Peer peer) {
        line(text, "public_key", peer.publicKey().toHex());
        PresharedKey psk = peer.presharedKey();
        line(text, "preshared_key", psk == null ? "0".repeat(64) : psk.toHex());
        line(text, "protocol_version", 1);
        if (peer.endpoint() != null) {
            line(text, "endpoint", peer.endpoint());
        }
        Instant last = peer.lastHandshake();
        line(text, "last_handshake_time_sec", last == null ? 0 : last.getEpochSecond());
        line(text, "last_handshake_time_nsec", last == null ? 0 : last.getNano());
        line(text, "tx_bytes", peer.sentBytes());
        line(text, "rx_bytes", peer.receivedBytes());
        line(text, "persistent_keepalive_interval", peer.persistentKeepalive());
        for (IpPrefix prefix : peer.allowedIps()) {
            line(text, "allowed_ip", prefix);
        }
    }

    private static void line(StringBuilder text, String key, Object value) {
        text.append(key).append('=').append(value).append('\n');
    }

    /** A negative number, which is what {@code wg} expects of the reference implementation. */
    private static String errno(int number) {
        return "errno=" + -number + "\n\n";
    }
}

// SPDX-License-Identifier: MIT
package io.pktkit.iphost.socket;

import io.pktkit.time.Timers;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpConfigBuilder;
import io.pktkit.vtcp.host.HostConnection;
import java.net.SocketException;
import java.net.SocketOptions;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The options of a socket, in the JDK's terms. Guarded by the host's lock.
 */
final class SocketSettings {
    private static final int MIN_BUFFER = 4 << 10;
    private static final int MAX_BUFFER = 16 << 20;

    private final TcpConfig base;

    /** What has been set, other than what follows. */
    private final Map<Integer, Object> values = new HashMap<>();

    private int timeoutMillis;
    private int lingerSeconds = -1;
    private boolean noDelay;
    private boolean keepAlive;
    private int sendBuffer;
    private int receiveBuffer;

    SocketSettings(TcpConfig base) {
        this.base = base;
        this.noDelay = base.noDelay();
        this.keepAlive = base.keepAlive();
        this.sendBuffer = base.sendBuffer();
        this.receiveBuffer = base.receiveBuffer();
    }

    TcpConfig config() {
        boolean same = noDelay == base.noDelay()
                && keepAlive == base.keepAlive()
                && sendBuffer == base.sendBuffer()
                && receiveBuffer == base.receiveBuffer();
        if (same) {
            return base;
        }
        TcpConfigBuilder builder = base.toBuilder().noDelay(noDelay).keepAlive(keepAlive);
        if (sendBuffer != base.sendBuffer()) {
            builder.sendBuffer(sendBuffer).sendBufferMax(sendBuffer); // a size that is asked for does not grow
        }
        if (receiveBuffer != base.receiveBuffer()) {
            builder.receiveBuffer(receiveBuffer).receiveBufferMax(receiveBuffer);
        }
        return builder.build();
    }

    /** What an accepted connection has of the socket that listened. */
    void inherit(SocketSettings listener) {
        receiveBuffer = listener.receiveBuffer;
    }

    /** Makes a connection what has been set, as far as that can be changed while it lives. */
    void applyTo(HostConnection connection, long nowNanos) {
        connection.setNoDelay(noDelay, nowNanos);
        connection.setKeepAlive(keepAlive, nowNanos);
        if (values.get(SocketOptions.IP_TOS) instanceof Integer octet) {
            connection.setTrafficClass(octet);
        }
    }

    /** When a read or accept that begins now gives up. */
    long readDeadline(long nowNanos) {
        return timeoutMillis == 0 ? Timers.NEVER : Timers.after(nowNanos, TimeUnit.MILLISECONDS.toNanos(timeoutMillis));
    }

    /** How long closing waits for delivery before it resets the connection; negative if it does not wait. */
    long lingerNanos() {
        return TimeUnit.SECONDS.toNanos(lingerSeconds);
    }

    void set(int option, Object value) throws SocketException {
        switch (option) {
            case SocketOptions.SO_TIMEOUT -> timeoutMillis = (Integer) value;
            case SocketOptions.SO_LINGER -> lingerSeconds = value instanceof Integer seconds ? seconds : -1;
            case SocketOptions.TCP_NODELAY -> noDelay = (Boolean) value;
            case SocketOptions.SO_KEEPALIVE -> keepAlive = (Boolean) value;
            case SocketOptions.SO_SNDBUF -> sendBuffer = clamp((Integer) value);
            case SocketOptions.SO_RCVBUF -> receiveBuffer = clamp((Integer) value);
            case SocketOptions.SO_REUSEADDR, SocketOptions.SO_REUSEPORT, SocketOptions.IP_TOS ->
                values.put(option, value);
            case SocketOptions.SO_OOBINLINE -> {
                if (!(Boolean) value) {
                    throw new SocketException("urgent bytes are always bytes of the stream, RFC 6093");
                }
            }
            default -> throw new SocketException("option not supported: option=" + option);
        }
    }

    Object get(int option) throws SocketException {
        return switch (option) {
            case SocketOptions.SO_TIMEOUT -> timeoutMillis;
            case SocketOptions.SO_LINGER -> linger();
            case SocketOptions.TCP_NODELAY -> noDelay;
            case SocketOptions.SO_KEEPALIVE -> keepAlive;
            case SocketOptions.SO_SNDBUF -> sendBuffer;
            case SocketOptions.SO_RCVBUF -> receiveBuffer;
            case SocketOptions.SO_REUSEADDR, SocketOptions.SO_REUSEPORT -> values.getOrDefault(option, false);
            case SocketOptions.IP_TOS -> values.getOrDefault(option, 0);
            case SocketOptions.SO_OOBINLINE -> true;
            default -> throw new SocketException("option not supported: option=" + option);
        };
    }

    /** The JDK wants the seconds, or false. */
    private Object linger() {
        return lingerSeconds < 0 ? (Object) false : (Object) lingerSeconds;
    }

    private static int clamp(int size) {
        return Math.max(MIN_BUFFER, Math.min(size, MAX_BUFFER));
    }
}

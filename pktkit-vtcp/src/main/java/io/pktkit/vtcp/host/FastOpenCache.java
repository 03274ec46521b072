// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import io.pktkit.vtcp.FastOpenCookie;
import io.pktkit.vtcp.TcpInfo;
import io.pktkit.wire.IpAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of Fast Open servers, by address (RFC 7413 section 4.1.3): their cookies, and where a SYN with the option
 * or with data found no way. The longest unused is forgotten first.
 */
final class FastOpenCache implements HandshakeWatch {
    static final int MAX_SERVERS = 256;
    static final long FIRST_PAUSE = 60_000_000_000L;
    private static final int MAX_DOUBLINGS = 6;

    private static final class Server {
        @Nullable
        FastOpenCookie cookie;

        int failures;
        long pausedUntil;
    }

    private final Map<IpAddress, Server> servers = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<IpAddress, Server> eldest) {
            return size() > MAX_SERVERS;
        }
    };

    /** The cookie for a server, NONE to ask for one, or null where Fast Open is not to be tried for now. */
    @Nullable
    FastOpenCookie cookieFor(IpAddress address, long nowNanos) {
        Server server = servers.get(address);
        if (server == null) {
            return FastOpenCookie.NONE;
        }
        if (server.failures > 0 && nowNanos - server.pausedUntil < 0) {
            return null;
        }
        return server.cookie == null ? FastOpenCookie.NONE : server.cookie;
    }

    @Override
    public void onHandshakeOver(HostConnection connection, long nowNanos) {
        IpAddress address = connection.tuple().remoteAddress();
        if (!connection.isEstablished()) {
            Server server = servers.get(address);
            if (server != null) {
                server.cookie = null; // it may have been the reason
            }
            return;
        }
        FastOpenCookie granted = connection.engine().grantedCookie();
        if (connection.info().fastOpen().state() == TcpInfo.FastOpenState.LOST) {
            pause(server(address), nowNanos);
        } else if (granted != null) {
            Server server = server(address);
            server.cookie = granted;
            server.failures = 0;
        }
    }

    /** The SYN had to be repeated as a plain one: something on the way does not let the other kind through. */
    private static void pause(Server server, long nowNanos) {
        server.cookie = null;
        server.pausedUntil = nowNanos + (FIRST_PAUSE << Math.min(server.failures, MAX_DOUBLINGS));
        server.failures++;
    }

    private Server server(IpAddress address) {
        return servers.computeIfAbsent(address, unknown -> new Server());
    }

    int size() {
        return servers.size();
    }
}

// SPDX-License-Identifier: MIT
package io.pktkit.vclient.internal;

import io.pktkit.time.Timers;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpInfo;
import io.pktkit.vtcp.host.HostConnection;
import io.pktkit.vtcp.host.TcpListener;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A TCP socket of a stack behind {@link java.net.Socket} and {@link java.net.ServerSocket}. */
public final class StreamSocketImpl extends SocketImpl {
    private static final int MAX_BACKLOG = 4096;
    private static final int DEFAULT_BACKLOG = 128;
    private static final int MAX_PORT_TRIES = 64;

    private final ClientStack stack;
    private final SocketSettings settings;
    private final byte[] first;
    private final Waiter acceptable;
    private @Nullable IpAddress boundAddress;
    private @Nullable ConnectRace race;
    private @Nullable TcpListener listener;
    private @Nullable TcpStream stream;
    private boolean closed;

    /**
     * Makes a socket that is neither bound nor connected.
     *
     * @param stack the host
     */
    public StreamSocketImpl(ClientStack stack) {
        this(stack, new byte[0]);
    }

    /**
     * Makes a socket that has something to say when it connects.
     *
     * @param stack the host
     * @param first the first bytes of the stream; not copied, and not to be changed until it is connected
     */
    public StreamSocketImpl(ClientStack stack, byte[] first) {
        this.stack = stack;
        this.first = first;
        this.settings = new SocketSettings(stack.tcpConfig());
        this.acceptable = stack.newWaiter();
    }

    @Override
    protected void create(boolean isStream) throws IOException {
        if (!isStream) {
            throw new SocketException("only TCP: UDP has a socket type of its own");
        }
        stack.enter();
        try {
            stack.checkOpen();
        } finally {
            stack.leave();
        }
    }

    @Override
    protected void connect(String host, int toPort) throws IOException {
        connect(InetSocketAddress.createUnresolved(host, toPort), 0);
    }

    @Override
    protected void connect(InetAddress toAddress, int toPort) throws IOException {
        connect(new InetSocketAddress(toAddress, toPort), 0);
    }

    @Override
    protected void connect(SocketAddress endpoint, int timeoutMillis) throws IOException {
        long deadline = timeoutMillis == 0
                ? Timers.NEVER
                : Timers.after(stack.nowNanos(), TimeUnit.MILLISECONDS.toNanos(timeoutMillis));
        connect(endpoint, deadline);
    }

    /**
     * Connects. A failed attempt closes the socket, as in the JDK.
     *
     * @param endpoint an {@link InetSocketAddress}; an unresolved one is resolved through the virtual network
     * @param deadlineNanos when to give up, by the stack's clock
     * @throws IOException if there is no connection
     */
    public void connect(SocketAddress endpoint, long deadlineNanos) throws IOException {
        if (!(endpoint instanceof InetSocketAddress remote)) {
            throw new IllegalArgumentException("not an address of TCP: endpoint=" + endpoint);
        }
        try {
            String name = remote.getHostString();
            List<IpAddress> addresses = remote.isUnresolved()
                    ? stack.resolve(name, deadlineNanos)
                    : List.of(IpAddress.of(remote.getAddress()).unmapped());
            if (remote.getPort() == 0) {
                throw new ConnectException("cannot connect to port 0 of " + name);
            }
            int taken = establish(name, addresses, remote.getPort(), deadlineNanos);
            if (taken < first.length) {
                stream().write(first, taken, first.length - taken);
            }
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** {@return how many of the first bytes the connection has taken} */
    private int establish(String name, List<IpAddress> addresses, int toPort, long deadlineNanos) throws IOException {
        stack.enter();
        try {
            checkOpen();
            ConnectRace started = new ConnectRace(stack, settings.config(), localport, name, toPort, first);
            race = started;
            HostConnection connection;
            try {
                connection = started.run(addresses, deadlineNanos);
            } finally {
                race = null;
            }
            adopt(connection, name);
            return started.taken(connection);
        } finally {
            stack.leave();
        }
    }

    /** Becomes the socket of an established connection. */
    private void adopt(HostConnection connection, @Nullable String name) throws IOException {
        stream = new TcpStream(stack, connection, settings);
        byte[] octets = connection.tuple().remoteAddress().toBytes();
        address = name == null ? InetAddress.getByAddress(octets) : InetAddress.getByAddress(name, octets);
        port = connection.tuple().remotePort();
        localport = connection.tuple().localPort();
    }

    @Override
    protected void bind(InetAddress host, int toPort) throws IOException {
        stack.enter();
        try {
            checkOpen();
            IpAddress wanted = IpAddress.of(host).unmapped();
            if (!wanted.isUnspecified() && !stack.isOwn(wanted)) {
                throw new BindException("not an address of this client: " + wanted);
            }
            boundAddress = wanted.isUnspecified() ? null : wanted;
            address = host;
            localport = toPort;
        } finally {
            stack.leave();
        }
    }

    @Override
    protected void listen(int backlog) throws IOException {
        stack.enter();
        try {
            checkOpen();
            int waiting = backlog < 1 ? DEFAULT_BACKLOG : Math.min(backlog, MAX_BACKLOG);
            TcpListener.Options defaults = TcpListener.Options.DEFAULT;
            TcpListener.Options options =
                    new TcpListener.Options(waiting, defaults.maxHalfOpen(), defaults.halfOpenNanos());
            listener = localport == 0 ? listenAnywhere(options) : listenOn(localport, options);
        } finally {
            stack.leave();
        }
    }

    private TcpListener listenOn(int onPort, TcpListener.Options options) throws IOException {
        return stack.tcp().listen(settings.config(), boundAddress, onPort, options, acceptable::signal);
    }

    private TcpListener listenAnywhere(TcpListener.Options options) throws IOException {
        for (int i = 0; i < MAX_PORT_TRIES; i++) {
            int candidate = stack.udp().randomPort();
            try {
                TcpListener opened = listenOn(candidate, options);
                localport = candidate;
                return opened;
            } catch (BindException e) {
                if (i == MAX_PORT_TRIES - 1) {
                    throw e;
                }
            }
        }
        throw new BindException("no port is free to listen on");
    }

    @Override
    protected void accept(SocketImpl target) throws IOException {
        StreamSocketImpl accepted = (StreamSocketImpl) target;
        stack.enter();
        try {
            long deadline = settings.readDeadline(stack.nowNanos());
            boolean inTime = true;
            while (true) {
                checkOpen();
                TcpListener from = listener;
                if (from == null) {
                    throw new SocketException("not listening");
                }
                HostConnection connection = from.accept();
                if (connection != null) {
                    accepted.adopt(connection, null);
                    return;
                }
                if (!inTime) {
                    throw new SocketTimeoutException("accept timed out");
                }
                inTime = acceptable.await(deadline);
            }
        } finally {
            stack.leave();
        }
    }

    @Override
    protected InputStream getInputStream() throws IOException {
        return stream().input();
    }

    @Override
    protected OutputStream getOutputStream() throws IOException {
        return stream().output();
    }

    @Override
    protected int available() throws IOException {
        return stream().available();
    }

    @Override
    protected void shutdownInput() throws IOException {
        stream().shutdownInput();
    }

    @Override
    protected void shutdownOutput() throws IOException {
        stream().shutdownOutput();
    }

    @Override
    protected boolean supportsUrgentData() {
        return false;
    }

    @Override
    protected void sendUrgentData(int data) throws IOException {
        throw new SocketException("urgent data is not supported");
    }

    @Override
    protected void close() {
        stack.enter();
        try {
            if (closed) {
                return;
            }
            closed = true;
            if (race != null) {
                race.cancel();
            }
            if (listener != null) {
                listener.close(stack.nowNanos());
            }
            acceptable.signal();
            if (stream != null) {
                stream.close();
            }
        } finally {
            stack.leave();
        }
    }

    @Override
    public void setOption(int option, Object value) throws SocketException {
        stack.enter();
        try {
            checkOpen();
            settings.set(option, value);
        } finally {
            stack.leave();
        }
    }

    @Override
    public Object getOption(int option) throws SocketException {
        stack.enter();
        try {
            checkOpen();
            if (option == SO_BINDADDR) {
                return localAddress().toInetAddress();
            }
            return settings.get(option);
        } finally {
            stack.leave();
        }
    }

    /** {@return the settings of connections made from here on} */
    public TcpConfig config() {
        return settings.config();
    }

    private IpAddress localAddress() {
        if (stream != null) {
            return stream.connection().tuple().localAddress();
        }
        return boundAddress == null ? IpAddress.unspecified(IpFamily.IPV4) : boundAddress;
    }

    /**
     * Tells how the connection fares.
     *
     * @return a snapshot
     * @throws SocketException if there is no connection, or the socket is closed
     */
    public TcpInfo info() throws SocketException {
        stack.enter();
        try {
            return stream().connection().info(stack.nowNanos());
        } finally {
            stack.leave();
        }
    }

    private TcpStream stream() throws SocketException {
        stack.enter();
        try {
            checkOpen();
            if (stream == null) {
                throw new SocketException("not connected");
            }
            return stream;
        } finally {
            stack.leave();
        }
    }

    private void checkOpen() throws SocketException {
        stack.checkOpen();
        if (closed) {
            throw new SocketException("socket closed");
        }
    }
}

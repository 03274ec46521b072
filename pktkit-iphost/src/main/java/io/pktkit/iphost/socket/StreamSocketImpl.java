// SPDX-License-Identifier: MIT
package io.pktkit.iphost.socket;

import io.pktkit.time.Timers;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpInfo;
import io.pktkit.vtcp.TcpTuple;
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
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A TCP socket of a shell behind {@link java.net.Socket} and {@link java.net.ServerSocket}. */
public final class StreamSocketImpl extends SocketImpl {
    private static final int MAX_BACKLOG = 4096;
    private static final int DEFAULT_BACKLOG = 128;

    /** Those that mean something here, by the numbers of old. */
    private static final Map<SocketOption<?>, Integer> CONNECTION_OPTIONS = Map.of(
            StandardSocketOptions.SO_RCVBUF, SO_RCVBUF,
            StandardSocketOptions.SO_SNDBUF, SO_SNDBUF,
            StandardSocketOptions.SO_REUSEADDR, SO_REUSEADDR,
            StandardSocketOptions.SO_KEEPALIVE, SO_KEEPALIVE,
            StandardSocketOptions.SO_LINGER, SO_LINGER,
            StandardSocketOptions.IP_TOS, IP_TOS,
            StandardSocketOptions.TCP_NODELAY, TCP_NODELAY);

    private static final Map<SocketOption<?>, Integer> LISTENER_OPTIONS =
            Map.of(StandardSocketOptions.SO_RCVBUF, SO_RCVBUF, StandardSocketOptions.SO_REUSEADDR, SO_REUSEADDR);

    private final HostShell shell;
    private final SocketSettings settings;
    private final byte[] first;
    private final Waiter acceptable;
    private @Nullable IpAddress boundAddress;
    private @Nullable ConnectRace race;
    private BoundPorts.@Nullable Binding binding;

    /** Looks up a name, which closing interrupts. */
    private @Nullable Thread lookingUp;

    private boolean interrupted;
    private final boolean listening;
    private @Nullable TcpListener listener;
    private @Nullable TcpStream stream;
    private boolean closed;

    /**
     * Makes a socket that is neither bound nor connected.
     *
     * @param shell the host
     */
    public StreamSocketImpl(HostShell shell) {
        this(shell, new byte[0]);
    }

    /** One that will listen, or will not. */
    StreamSocketImpl(HostShell shell, boolean listening) {
        this(shell, new byte[0], listening);
    }

    /**
     * Makes a socket that has something to say when it connects.
     *
     * @param shell the host
     * @param first the first bytes of the stream; not copied, and not to be changed until it is connected
     */
    public StreamSocketImpl(HostShell shell, byte[] first) {
        this(shell, first, false);
    }

    private StreamSocketImpl(HostShell shell, byte[] first, boolean listening) {
        this.shell = shell;
        this.listening = listening;
        this.first = first;
        this.settings = new SocketSettings(shell.tcpConfig());
        this.acceptable = shell.newWaiter();
    }

    /**
     * Makes the socket of a connection that a socket of another kind has accepted. Called under the host's lock.
     *
     * @param shell the host
     * @param connection an established connection
     */
    public StreamSocketImpl(HostShell shell, HostConnection connection) {
        this(shell);
        stream = new TcpStream(shell, connection, settings);
    }

    /**
     * Fills in whose connection it is, when a {@link java.net.ServerSocket} takes it.
     *
     * @throws SocketException if it has none, or is closed
     */
    public void describe() throws SocketException {
        describe(stream().connection().tuple(), null);
    }

    private void describe(TcpTuple tuple, @Nullable String name) throws SocketException {
        byte[] octets = tuple.remoteAddress().toBytes();
        try {
            address = name == null ? InetAddress.getByAddress(octets) : InetAddress.getByAddress(name, octets);
        } catch (UnknownHostException e) {
            throw new SocketException("not an address: " + tuple.remoteAddress());
        }
        port = tuple.remotePort();
        localport = tuple.localPort();
    }

    @Override
    public int getPort() {
        return port;
    }

    int tenant() {
        return shell.tenant();
    }

    @Override
    protected void create(boolean isStream) throws IOException {
        if (!isStream) {
            throw new SocketException("only TCP: UDP has a socket type of its own");
        }
        shell.enter();
        try {
            shell.checkOpen();
        } finally {
            shell.leave();
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
                : Timers.after(shell.nowNanos(), TimeUnit.MILLISECONDS.toNanos(timeoutMillis));
        connect(endpoint, deadline);
    }

    /**
     * Connects. A failed attempt closes the socket, as in the JDK.
     *
     * @param endpoint an {@link InetSocketAddress}; an unresolved one is resolved through the virtual network
     * @param deadlineNanos when to give up, by the shell's clock
     * @throws IOException if there is no connection
     */
    public void connect(SocketAddress endpoint, long deadlineNanos) throws IOException {
        if (!(endpoint instanceof InetSocketAddress remote)) {
            throw new IllegalArgumentException("not an address of TCP: endpoint=" + endpoint);
        }
        try {
            String name = remote.getHostString();
            List<IpAddress> addresses = remote.isUnresolved()
                    ? lookUp(name, deadlineNanos)
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

    private List<IpAddress> lookUp(String name, long deadlineNanos) throws IOException {
        shell.enter();
        try {
            checkOpen();
            lookingUp = Thread.currentThread();
        } finally {
            shell.leave();
        }
        List<IpAddress> found = List.of();
        IOException failure = null;
        try {
            found = shell.resolve(name, deadlineNanos);
        } catch (IOException e) {
            failure = e;
        } finally {
            endLookup();
        }
        if (failure != null) {
            throw failure;
        }
        return found.stream().map(IpAddress::unmapped).distinct().toList();
    }

    /** An interrupt that came from closing goes no further than this. */
    private void endLookup() throws SocketException {
        shell.enter();
        try {
            lookingUp = null;
            if (interrupted && Thread.interrupted()) {
                interrupted = false;
            }
            if (closed) {
                throw new SocketException("socket closed while connecting");
            }
        } finally {
            shell.leave();
        }
    }

    /** {@return how many of the first bytes the connection has taken} */
    private int establish(String name, List<IpAddress> addresses, int toPort, long deadlineNanos) throws IOException {
        shell.enter();
        try {
            checkOpen();
            ConnectRace started =
                    new ConnectRace(shell, settings.config(), boundAddress, localport, name, toPort, first);
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
            shell.leave();
        }
    }

    /** Becomes the socket of an established connection. */
    private void adopt(HostConnection connection, @Nullable String name) throws SocketException {
        stream = new TcpStream(shell, connection, settings);
        settings.applyTo(connection, shell.nowNanos());
        describe(connection.tuple(), name);
    }

    @Override
    protected void bind(InetAddress host, int toPort) throws IOException {
        shell.enter();
        try {
            checkOpen();
            IpAddress wanted = IpAddress.of(host).unmapped();
            if (!wanted.isUnspecified() && !shell.isOwn(wanted)) {
                throw new BindException("not an address of this host: " + wanted);
            }
            boundAddress = wanted.isUnspecified() ? null : wanted;
            BoundPorts.Binding bound = shell.ports().bind(boundAddress, toPort);
            binding = bound;
            address = host;
            localport = bound.port;
        } finally {
            shell.leave();
        }
    }

    @Override
    protected void listen(int backlog) throws IOException {
        shell.enter();
        try {
            checkOpen();
            int waiting = backlog < 1 ? DEFAULT_BACKLOG : Math.min(backlog, MAX_BACKLOG);
            TcpListener.Options defaults = TcpListener.Options.DEFAULT;
            TcpListener.Options options =
                    new TcpListener.Options(waiting, defaults.maxHalfOpen(), defaults.halfOpenNanos());
            listener =
                    shell.host().tcp().listen(settings.config(), boundAddress, localport, options, acceptable::signal);
        } finally {
            shell.leave();
        }
    }

    @Override
    protected void accept(SocketImpl target) throws IOException {
        StreamSocketImpl accepted = (StreamSocketImpl) target;
        shell.enter();
        try {
            long deadline = settings.readDeadline(shell.nowNanos());
            boolean inTime = true;
            while (true) {
                checkOpen();
                TcpListener from = listener;
                if (from == null) {
                    throw new SocketException("not listening");
                }
                HostConnection connection = from.accept();
                if (connection != null) {
                    accepted.settings.inherit(settings);
                    accepted.adopt(connection, null);
                    return;
                }
                if (!inTime) {
                    throw new SocketTimeoutException("accept timed out");
                }
                inTime = acceptable.await(deadline);
            }
        } finally {
            shell.leave();
        }
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return stream().input();
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
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
    public void close() {
        shell.enter();
        try {
            if (closed) {
                return;
            }
            closed = true;
            if (race != null) {
                race.cancel();
            }
            Thread waiting = lookingUp;
            if (waiting != null) {
                interrupted = true;
                waiting.interrupt();
            }
            if (binding != null) {
                shell.ports().release(binding);
            }
            if (listener != null) {
                listener.close(shell.nowNanos());
            }
            acceptable.signal();
            if (stream != null) {
                stream.close();
            }
        } finally {
            shell.leave();
        }
    }

    @Override
    public void setOption(int option, Object value) throws SocketException {
        shell.enter();
        try {
            checkOpen();
            settings.set(option, value);
            if (stream != null) {
                settings.applyTo(stream.connection(), shell.nowNanos());
            }
        } finally {
            shell.leave();
        }
    }

    @Override
    public Object getOption(int option) throws SocketException {
        shell.enter();
        try {
            checkOpen();
            if (option == SO_BINDADDR) {
                return localAddress().toInetAddress();
            }
            return settings.get(option);
        } finally {
            shell.leave();
        }
    }

    @Override
    protected Set<SocketOption<?>> supportedOptions() {
        return options().keySet();
    }

    @Override
    protected <T> void setOption(SocketOption<T> name, T value) throws IOException {
        int option = number(name);
        if (value instanceof Integer number && option != SO_LINGER && number < 0) {
            throw new IllegalArgumentException(name.name() + " must not be negative: value=" + value);
        }
        boolean off = option == SO_LINGER && value instanceof Integer seconds && seconds < 0;
        setOption(option, off ? (Object) false : value);
    }

    @Override
    protected <T> T getOption(SocketOption<T> name) throws IOException {
        Object value = getOption(number(name));
        return name.type().cast(value instanceof Boolean && name.type() == Integer.class ? Integer.valueOf(-1) : value);
    }

    private int number(SocketOption<?> name) {
        Integer number = options().get(Objects.requireNonNull(name, "name"));
        if (number == null) {
            throw new UnsupportedOperationException("'" + name + "' not supported");
        }
        return number;
    }

    private Map<SocketOption<?>, Integer> options() {
        return listening ? LISTENER_OPTIONS : CONNECTION_OPTIONS;
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
        shell.enter();
        try {
            return stream().connection().info(shell.nowNanos());
        } finally {
            shell.leave();
        }
    }

    private TcpStream stream() throws SocketException {
        shell.enter();
        try {
            checkOpen();
            if (stream == null) {
                throw new SocketException("not connected");
            }
            return stream;
        } finally {
            shell.leave();
        }
    }

    private void checkOpen() throws SocketException {
        shell.checkOpen();
        if (closed) {
            throw new SocketException("socket closed");
        }
    }
}

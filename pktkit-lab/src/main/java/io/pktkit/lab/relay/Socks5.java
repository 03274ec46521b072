// SPDX-License-Identifier: MIT
package io.pktkit.lab.relay;

import io.pktkit.time.SystemTimers;
import io.pktkit.time.Timers;
import java.io.DataInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Dials where a SOCKS client wants to go (RFC 1928). Names are resolved where it dials. Without authentication, so it belongs
 * on a loopback address; there is CONNECT only.
 */
public final class Socks5 implements Dialer {

    private static final int VERSION = 5;
    private static final int NO_AUTHENTICATION = 0;
    private static final int NOTHING_ACCEPTABLE = 0xff;
    private static final int CONNECT = 1;
    private static final int IPV4 = 1;
    private static final int NAME = 3;
    private static final int IPV6 = 4;

    // RFC 1928 section 6.
    private static final int SUCCEEDED = 0;
    private static final int FAILURE = 1;
    private static final int HOST_UNREACHABLE = 4;
    private static final int REFUSED = 5;
    private static final int TTL_EXPIRED = 6;
    private static final int NO_SUCH_COMMAND = 7;
    private static final int NO_SUCH_ADDRESS_TYPE = 8;

    /** For all that a client says, not for each byte of it. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Destination destination;
    private final Timers timers;

    /** Makes a connection to where a client wants to go. */
    @FunctionalInterface
    public interface Destination {

        /**
         * Dials.
         *
         * @param host a name, or an address
         * @param port the port
         * @return the connection
         * @throws IOException if it cannot be had
         */
        Socket dial(String host, int port) throws IOException;
    }

    /**
     * Makes a dialer.
     *
     * @param destination who makes the connections
     */
    public Socks5(Destination destination) {
        this(destination, SystemTimers.shared());
    }

    /** With a clock for its patience. */
    Socks5(Destination destination, Timers timers) {
        this.destination = destination;
        this.timers = timers;
    }

    @Override
    public Socket dial(Socket accepted) throws IOException {
        DataInputStream input = new DataInputStream(new PatientInput(accepted));
        negotiate(accepted, input);
        checkVersion(input.readUnsignedByte());
        int command = input.readUnsignedByte();
        input.readUnsignedByte();
        int type = input.readUnsignedByte();
        String host = readHost(type, input, accepted);
        int port = input.readUnsignedShort();
        if (command != CONNECT) {
            throw refuse(accepted, NO_SUCH_COMMAND, new IOException("only CONNECT is there: command=" + command));
        }
        Socket far;
        try {
            far = destination.dial(host, port);
        } catch (IOException e) {
            throw refuse(accepted, code(e), e);
        } catch (IllegalArgumentException e) {
            throw refuse(accepted, FAILURE, new IOException("no destination", e));
        }
        try {
            reply(accepted, SUCCEEDED);
            accepted.setSoTimeout(0);
            return far;
        } catch (IOException e) {
            far.close();
            throw e;
        }
    }

    private static void negotiate(Socket accepted, DataInputStream input) throws IOException {
        checkVersion(input.readUnsignedByte());
        byte[] methods = new byte[input.readUnsignedByte()];
        input.readFully(methods);
        boolean offered = false;
        for (byte method : methods) {
            offered |= method == NO_AUTHENTICATION;
        }
        int chosen = offered ? NO_AUTHENTICATION : NOTHING_ACCEPTABLE;
        accepted.getOutputStream().write(new byte[] {VERSION, (byte) chosen});
        if (!offered) {
            throw new IOException("the client wants authentication");
        }
    }

    private static String readHost(int type, DataInputStream input, Socket accepted) throws IOException {
        switch (type) {
            case IPV4, IPV6 -> {
                byte[] address = new byte[type == IPV4 ? 4 : 16];
                input.readFully(address);
                return InetAddress.getByAddress(address).getHostAddress();
            }
            case NAME -> {
                byte[] name = new byte[input.readUnsignedByte()];
                input.readFully(name);
                return new String(name, StandardCharsets.US_ASCII);
            }
            default ->
                throw refuse(accepted, NO_SUCH_ADDRESS_TYPE, new IOException("unknown kind of address: type=" + type));
        }
    }

    /** Reads as long as the patience for all of it lasts. */
    private final class PatientInput extends FilterInputStream {
        private final Socket socket;
        private final long deadlineNanos = Timers.after(timers.nowNanos(), PATIENCE);

        PatientInput(Socket socket) throws IOException {
            super(socket.getInputStream());
            this.socket = socket;
        }

        @Override
        public int read() throws IOException {
            setTimeout();
            return super.read();
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            setTimeout();
            return super.read(target, offset, length);
        }

        private void setTimeout() throws IOException {
            long left = deadlineNanos - timers.nowNanos();
            if (left <= 0) {
                throw new SocketTimeoutException("the client takes too long to say where it wants to go");
            }
            socket.setSoTimeout((int) (left / 1_000_000 + 1)); // 0 would be no limit
        }
    }

    private static void checkVersion(int version) throws IOException {
        if (version != VERSION) {
            throw new IOException("only SOCKS 5 is spoken: version=" + version);
        }
    }

    private static int code(IOException e) {
        if (e instanceof UnknownHostException || e instanceof NoRouteToHostException) {
            return HOST_UNREACHABLE;
        }
        if (e instanceof ConnectException) {
            return REFUSED;
        }
        return e instanceof SocketTimeoutException ? TTL_EXPIRED : FAILURE;
    }

    private static IOException refuse(Socket accepted, int code, IOException why) throws IOException {
        reply(accepted, code);
        return why;
    }

    /** Where we are bound to is nothing that a client of CONNECT needs to know. */
    private static void reply(Socket accepted, int code) throws IOException {
        accepted.getOutputStream().write(new byte[] {VERSION, (byte) code, 0, IPV4, 0, 0, 0, 0, 0, 0});
    }
}

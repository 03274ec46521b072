// SPDX-License-Identifier: MIT
package io.pktkit.vclient.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/**
 * TLS as a client over the streams of a socket. An {@code SSLSocket} would do, but for one thing: it takes an end without a
 * close_notify for an end, and does not tell. An attacker who resets a connection then decides where a body ends that has no length
 * (RFC 9112 section 9.8; RFC 8446 section 6.1). Here it is an error. One thread.
 */
final class TlsConnection {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final InputStream in;
    private final OutputStream out;
    private final SSLEngine engine;

    /** From the position to the limit: what came and is not decrypted yet. */
    private ByteBuffer incoming;

    /** From the position to the limit: what was decrypted and is not read yet. */
    private ByteBuffer clear;

    private final ByteBuffer outgoing;

    private TlsConnection(InputStream in, OutputStream out, SSLEngine engine) {
        this.in = in;
        this.out = out;
        this.engine = engine;
        this.incoming =
                ByteBuffer.allocate(engine.getSession().getPacketBufferSize()).flip();
        this.clear = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize())
                .flip();
        this.outgoing = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    }

    /**
     * Shakes hands.
     *
     * @param in what comes
     * @param out where it goes
     * @param context whom to trust
     * @param host whom it must be
     * @param port its port
     * @return the connection, whose peer has shown that it is the host
     * @throws IOException if it has not, or is gone
     */
    static TlsConnection open(InputStream in, OutputStream out, SSLContext context, String host, int port)
            throws IOException {
        SSLEngine engine = context.createSSLEngine(host, port);
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        engine.setSSLParameters(parameters);
        TlsConnection connection = new TlsConnection(in, out, engine);
        engine.beginHandshake();
        connection.shake();
        return connection;
    }

    /** Runs the handshake, the first one or a later one, until it asks for nothing more. */
    private void shake() throws IOException {
        try {
            while (true) {
                switch (engine.getHandshakeStatus()) {
                    case NEED_TASK -> runTasks();
                    case NEED_WRAP -> wrap(NOTHING);
                    case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                        if (!unwrap()) {
                            throw new EOFException("the connection ended within the TLS handshake");
                        }
                    }
                    default -> {
                        return;
                    }
                }
            }
        } catch (SSLException e) {
            sayWhy(e);
            throw e;
        }
    }

    /** The peer hears by an alert why it is left. */
    private void sayWhy(SSLException reason) {
        try {
            while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
                wrap(NOTHING);
            }
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    private void runTasks() {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
    }

    private void wrap(ByteBuffer source) throws IOException {
        outgoing.clear();
        SSLEngineResult result = engine.wrap(source, outgoing);
        if (result.getStatus() == Status.CLOSED && result.bytesProduced() == 0) {
            throw new SSLException("the TLS connection is closed");
        }
        out.write(outgoing.array(), 0, outgoing.position());
        out.flush();
    }

    /** Decrypts one record, waiting for it to be whole. Returns false at the end, in order or not. */
    private boolean unwrap() throws IOException {
        while (true) {
            clear.compact();
            SSLEngineResult result = engine.unwrap(incoming, clear);
            clear.flip();
            switch (result.getStatus()) {
                case OK -> {
                    return true;
                }
                case CLOSED -> {
                    return false;
                }
                case BUFFER_OVERFLOW -> clear = grown(clear, engine.getSession().getApplicationBufferSize());
                default -> {
                    incoming = grown(incoming, engine.getSession().getPacketBufferSize());
                    if (!receive()) {
                        return false;
                    }
                }
            }
        }
    }

    /** The same content with room for so much more. */
    private static ByteBuffer grown(ByteBuffer buffer, int room) {
        if (buffer.capacity() - buffer.remaining() >= room) {
            return buffer;
        }
        return ByteBuffer.allocate(buffer.remaining() + room).put(buffer).flip();
    }

    private boolean receive() throws IOException {
        incoming.compact();
        int count = in.read(incoming.array(), incoming.position(), incoming.remaining());
        incoming.position(incoming.position() + Math.max(0, count)).flip();
        return count >= 0;
    }

    /** {@return what the peer has said} */
    InputStream input() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                return TlsConnection.this.read(into, offset, length);
            }
        };
    }

    /** {@return what the peer is told} */
    OutputStream output() {
        return new OutputStream() {
            @Override
            public void write(int octet) throws IOException {
                write(new byte[] {(byte) octet}, 0, 1);
            }

            @Override
            public void write(byte[] from, int offset, int length) throws IOException {
                ByteBuffer source = ByteBuffer.wrap(from, offset, length);
                while (source.hasRemaining()) {
                    wrap(source);
                    shake();
                }
            }
        };
    }

    private int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (!clear.hasRemaining()) {
            if (!unwrap()) {
                end();
                return -1;
            }
            shake(); // a new key, a ticket: TLS 1.3 has no other way to say so than within the stream
        }
        int count = Math.min(length, clear.remaining());
        clear.get(into, offset, count);
        return count;
    }

    private void end() throws SSLException {
        try {
            engine.closeInbound();
        } catch (SSLException e) {
            throw new SSLException("the connection ended without a close_notify: what came may not be all", e);
        }
    }

    /**
     * Says that nothing more comes.
     *
     * @throws IOException if it cannot be said any more
     */
    void close() throws IOException {
        engine.closeOutbound();
        while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
            wrap(NOTHING);
        }
    }
}

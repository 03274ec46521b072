// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.tls;

import io.pktkit.ovpn.internal.wire.Bytes;
import java.io.IOException;
import java.security.InvalidKeyException;
import java.security.cert.X509Certificate;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.tls.TlsServerProtocol;
import org.jspecify.annotations.Nullable;

/**
 * The server's end of one TLS connection: bytes of the peer in, bytes for the peer out, messages between. A message is the
 * content of one record, which is how OpenVPN marks where one ends. Not for several threads.
 *
 * <p>What the peer sends never throws: it ends the tunnel, and {@link #failure()} tells why. What an alert tells the peer
 * is still to be sent.
 */
public final class TlsTunnel {

    private static final int RECORD_HEADER = 5;

    /** RFC 5246 section 6.2.3; RFC 8446 section 5.2 allows less. */
    private static final int MAX_RECORD = (1 << 14) + 2048;

    /** More is not kept for a peer that does not read. */
    private static final int MAX_WAITING = 64;

    private final TlsServerProtocol protocol = new TlsServerProtocol();
    private final OvpnTlsServer server;
    private final ArrayDeque<byte[]> messages = new ArrayDeque<>();
    private byte[] record = new byte[1024];
    private int filled;
    private @Nullable String failure;

    private TlsTunnel(OvpnTlsServer server) {
        this.server = server;
    }

    /**
     * Begins a handshake.
     *
     * @param settings certificate, key and the rest
     * @return a tunnel that waits for the client
     * @throws InvalidKeyException if the private key is of a kind that is not supported
     */
    public static TlsTunnel accept(TlsSettings settings) throws InvalidKeyException {
        AsymmetricKeyParameter key;
        try {
            key = PrivateKeyFactory.createKey(settings.key().getEncoded());
        } catch (IOException | RuntimeException e) {
            throw new InvalidKeyException("the server's private key cannot be read", e);
        }
        KeySchemes schemes = KeySchemes.of(key);
        if (schemes == null) {
            throw new InvalidKeyException("the server's private key must be RSA, EC (P-256, P-384, P-521) or Ed25519: "
                    + settings.key().getAlgorithm());
        }
        OvpnTlsCrypto crypto = new OvpnTlsCrypto(settings.random());
        TlsTunnel tunnel = new TlsTunnel(new OvpnTlsServer(settings, crypto, key, schemes));
        try {
            tunnel.protocol.accept(tunnel.server);
        } catch (IOException | RuntimeException e) {
            tunnel.failed(e);
        }
        return tunnel;
    }

    /**
     * Takes bytes of the peer, in order.
     *
     * @param bytes some of its stream
     */
    public void offer(byte[] bytes) {
        int at = 0;
        while (at < bytes.length && failure == null) {
            int wanted = filled < RECORD_HEADER ? RECORD_HEADER : RECORD_HEADER + Bytes.getShort(record, 3);
            int count = Math.min(wanted - filled, bytes.length - at);
            if (wanted > RECORD_HEADER + MAX_RECORD) {
                failure = "a TLS record of " + (wanted - RECORD_HEADER) + " bytes";
                return;
            }
            if (record.length < wanted) {
                record = Arrays.copyOf(record, Math.max(wanted, 2 * record.length));
            }
            System.arraycopy(bytes, at, record, filled, count);
            filled += count;
            at += count;
            if (filled >= RECORD_HEADER && filled == RECORD_HEADER + Bytes.getShort(record, 3)) {
                offerRecord();
            }
        }
    }

    private void offerRecord() {
        try {
            protocol.offerInput(record, 0, filled);
            filled = 0;
            int available = protocol.getAvailableInputBytes();
            if (available > 0) {
                byte[] message = new byte[available];
                int count = protocol.readInput(message, 0, available);
                if (messages.size() == MAX_WAITING) {
                    failure = "too many messages";
                    return;
                }
                messages.add(count == available ? message : Arrays.copyOf(message, count));
            }
            if (protocol.isClosed()) {
                failure = "closed by the peer";
            }
        } catch (IOException | RuntimeException e) {
            filled = 0;
            failed(e);
        }
    }

    private void failed(Exception e) {
        String refusal = server.refusal();
        failure = refusal != null ? "certificate: " + refusal : String.valueOf(e.getMessage());
    }

    /** {@return the next message of the peer, in plain; null if there is none} */
    public byte @Nullable [] poll() {
        return messages.poll();
    }

    /**
     * Sends a message.
     *
     * @param message at most 16384 bytes
     * @return false if the tunnel is not open
     */
    public boolean send(byte[] message) {
        if (!isOpen()) {
            return false;
        }
        try {
            protocol.writeApplicationData(message, 0, message.length);
            return true;
        } catch (IOException | RuntimeException e) {
            failed(e);
            return false;
        }
    }

    /**
     * Takes bytes for the peer.
     *
     * @param most at most so many
     * @return the bytes, perhaps none
     */
    public byte[] takeOutput(int most) {
        byte[] output = new byte[Math.min(most, protocol.getAvailableOutputBytes())];
        int count = output.length == 0 ? 0 : protocol.readOutput(output, 0, output.length);
        return count == output.length ? output : Arrays.copyOf(output, count);
    }

    /** {@return how many bytes there are for the peer} */
    public int outputAvailable() {
        return protocol.getAvailableOutputBytes();
    }

    /** {@return whether the handshake is complete and nothing has failed} */
    public boolean isOpen() {
        return server.isComplete() && failure == null;
    }

    /** {@return why the tunnel has ended; null while it has not} */
    public @Nullable String failure() {
        return failure;
    }

    /** {@return the client's certificates, its own first; empty if it has none} */
    public List<X509Certificate> clientChain() {
        return List.copyOf(server.clientChain());
    }

    /** {@return whether {@link #takeDataKeys()} would give keys} */
    public boolean canExport() {
        return server.canExport();
    }

    /** {@return 256 bytes exported for the data keys, once, to be wiped; null where TLS cannot export} */
    public byte @Nullable [] takeDataKeys() {
        return server.takeDataKeys();
    }

    /** {@return 256 bytes exported for dynamic tls-crypt, once, to be wiped; null where TLS cannot export} */
    public byte @Nullable [] takeDynamicTlsCrypt() {
        return server.takeDynamicTlsCrypt();
    }

    /** Wipes what was exported and not taken. */
    public void wipeExports() {
        server.wipeExports();
    }

    /** {@return the version of TLS} */
    public String description() {
        return server.description();
    }
}

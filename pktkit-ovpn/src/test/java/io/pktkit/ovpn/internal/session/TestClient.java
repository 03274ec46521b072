// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import io.pktkit.ovpn.internal.data.DataFormat;
import io.pktkit.ovpn.internal.data.DataKey;
import io.pktkit.ovpn.internal.data.DataSuite;
import io.pktkit.ovpn.internal.data.Framing;
import io.pktkit.ovpn.internal.data.KeyBlock;
import io.pktkit.ovpn.internal.data.OpenResult;
import io.pktkit.ovpn.internal.data.Plain;
import io.pktkit.ovpn.internal.reliable.Acks;
import io.pktkit.ovpn.internal.reliable.ReceiveWindow;
import io.pktkit.ovpn.internal.reliable.SendWindow;
import io.pktkit.ovpn.internal.wire.ControlPacket;
import io.pktkit.ovpn.internal.wire.Opcode;
import io.pktkit.ovpn.internal.wrap.ControlWrap;
import io.pktkit.ovpn.internal.wrap.PlainWrap;
import io.pktkit.ovpn.internal.wrap.TlsCryptWrap;
import io.pktkit.ovpn.internal.wrap.WrapIds;
import io.pktkit.ovpn.key.AuthDigest;
import io.pktkit.ovpn.key.DataCipher;
import io.pktkit.ovpn.key.StaticKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.tls.TlsClientProtocol;
import org.jspecify.annotations.Nullable;

/**
 * A client for tests, as small as one can be: it has the layers of the server below, but what it does with them is written
 * apart. No clock and no socket; what it sends is taken from {@link #out}.
 */
public final class TestClient {

    /** What a client of 2.6 says. */
    public static final String PEER_INFO = """
            IV_VER=2.6.14
            IV_PLAT=linux
            IV_TCPNL=1
            IV_MTU=1600
            IV_NCP=2
            IV_CIPHERS=AES-256-GCM:AES-128-GCM:CHACHA20-POLY1305
            IV_PROTO=478
            """;

    private static final String OPTIONS = "V4,dev-type tun,link-mtu 1521,tun-mtu 1500,proto UDPv4,auth [null-digest]";

    public final List<byte[]> out = new ArrayList<>();
    public final List<String> messages = new ArrayList<>();
    public final long sessionId;
    public long serverSessionId;
    public String peerInfo = PEER_INFO;
    public String options = OPTIONS;
    public AuthDigest digest = AuthDigest.SHA1;
    public String username = "";
    public String password = "";
    public TestCerts.@Nullable Holder certificate = TestCerts.client("alice");
    public boolean tls13 = true;
    public boolean asksForPush = true;
    public boolean sendsKeyMethod = true;

    /** With tls-crypt-v2: the first packet id tells that the wrapped key can be sent again. */
    private static final int EARLY_NEGOTIATION = 0x0f00_0001;

    private final @Nullable StaticKey wrapKey;
    private final byte[] wrappedKey;
    private final ControlWrap first;
    private final WrapIds firstIds;
    private @Nullable ControlWrap dynamic;
    private @Nullable WrapIds dynamicIds;
    private Key key;
    private @Nullable Key before;

    public TestClient(long sessionId) {
        this(sessionId, new PlainWrap());
    }

    public TestClient(long sessionId, ControlWrap wrap) {
        this(sessionId, wrap, null, new byte[0]);
    }

    private TestClient(long sessionId, ControlWrap wrap, @Nullable StaticKey wrapKey, byte[] wrappedKey) {
        this.sessionId = sessionId;
        this.first = wrap;
        this.firstIds = new WrapIds(wrappedKey.length > 0 ? EARLY_NEGOTIATION : 1, 1000);
        this.wrapKey = wrapKey;
        this.wrappedKey = wrappedKey;
        this.key = new Key(0);
    }

    /** A client with tls-crypt. */
    public static TestClient crypt(long sessionId, StaticKey key) {
        return new TestClient(sessionId, TlsCryptWrap.client(key), key, new byte[0]);
    }

    /** A client with tls-crypt-v2, whose key it brings along. */
    public static TestClient cryptV2(long sessionId, StaticKey key, byte[] wrappedKey) {
        return new TestClient(sessionId, TlsCryptWrap.client(key), key, wrappedKey);
    }

    private ControlWrap wrap(int keyId) {
        ControlWrap later = dynamic;
        return keyId == 0 || later == null ? first : later;
    }

    private WrapIds ids(int keyId) {
        WrapIds later = dynamicIds;
        return keyId == 0 || later == null ? firstIds : later;
    }

    /** One key of the client. */
    private static final class Key {
        final int id;
        final SendWindow sent = new SendWindow();
        final ReceiveWindow received = new ReceiveWindow();
        final Acks acks = new Acks();
        final TlsClientProtocol protocol = new TlsClientProtocol();

        @Nullable
        TestTlsClient tls;

        boolean saidKey;
        boolean heardKey;
        boolean pushed;
        final KeyBlock.Source source = new KeyBlock.Source(new byte[48], new byte[32], new byte[32]);
        KeyBlock.@Nullable Source serverSource;

        @Nullable
        DataKey data;

        Key(int id) {
            this.id = id;
        }
    }

    /** Begins. */
    public void start(long nowNanos) {
        key.sent.add(
                wrappedKey.length > 0 ? Opcode.CONTROL_HARD_RESET_CLIENT_V3 : Opcode.CONTROL_HARD_RESET_CLIENT_V2,
                new byte[0],
                nowNanos);
        flush(nowNanos);
    }

    /** Begins a renegotiation. */
    public void renegotiate(long nowNanos) {
        next();
        key.sent.add(Opcode.CONTROL_SOFT_RESET_V1, new byte[0], nowNanos);
        flush(nowNanos);
    }

    /** Forgets the renegotiation that it has begun, and goes on with the key before. */
    public void abandonRenegotiation() {
        Key former = before;
        if (former != null) {
            key = former;
            before = null;
        }
    }

    private void next() {
        before = key;
        key = new Key(key.id % 7 + 1);
    }

    /** Takes a packet of the server; the payload if it was data. */
    public byte @Nullable [] receive(byte[] packet, long nowNanos) {
        int opcode = Opcode.of(packet[0]);
        if (Opcode.isData(opcode)) {
            return receiveData(packet);
        }
        ControlWrap.Unwrapped unwrapped = wrap(Opcode.keyId(packet[0])).unwrap(packet);
        ControlPacket control = unwrapped == null ? null : ControlPacket.parse(packet, unwrapped.body());
        if (control == null) {
            throw new AssertionError("the server sent what cannot be opened");
        }
        if (control.opcode() == Opcode.CONTROL_SOFT_RESET_V1 && control.keyId() != key.id) {
            if (before != null && control.keyId() == before.id) {
                return null;
            }
            next();
            key.sent.add(Opcode.CONTROL_SOFT_RESET_V1, new byte[0], nowNanos);
        }
        if (control.keyId() != key.id) {
            return null;
        }
        serverSessionId = control.sessionId();
        for (int id : control.acks()) {
            key.sent.acknowledge(id);
        }
        if (control.opcode() != Opcode.ACK_V1) {
            if (key.received.accept(control) != ReceiveWindow.Result.OUT_OF_WINDOW) {
                key.acks.owe(control.packetId());
            }
            feed();
        }
        flush(nowNanos);
        return null;
    }

    private void feed() {
        try {
            for (ControlPacket next = key.received.poll(); next != null; next = key.received.poll()) {
                if (next.opcode() != Opcode.CONTROL_V1) {
                    if (key.tls == null) {
                        key.tls = new TestTlsClient(certificate, tls13);
                        key.protocol.connect(key.tls);
                    }
                    continue;
                }
                key.protocol.offerInput(next.payload());
                readPlain();
            }
            if (isTlsComplete() && !key.saidKey && sendsKeyMethod) {
                key.saidKey = true;
                say(keyMethod());
            }
            if (key.heardKey && !key.pushed && asksForPush && key.id == 0) {
                key.pushed = true;
                say("PUSH_REQUEST");
            }
        } catch (IOException e) {
            messages.add("TLS: " + e.getMessage());
        }
    }

    private void readPlain() {
        int count = key.protocol.getAvailableInputBytes();
        if (count == 0) {
            return;
        }
        byte[] plain = new byte[count];
        key.protocol.readInput(plain, 0, count);
        if (!key.heardKey) {
            key.heardKey = true;
            key.serverSource = new KeyBlock.Source(
                    new byte[0], Arrays.copyOfRange(plain, 5, 37), Arrays.copyOfRange(plain, 37, 69));
            if (key.id != 0) {
                makeKeys();
            }
            // Records are read together here; what follows the options, user, password and peer info is a message.
            int end = 69 + 2 + ByteBuffer.wrap(plain).getShort(69) + 6;
            plain = Arrays.copyOfRange(plain, end, plain.length);
        }
        for (String text : new String(plain, StandardCharsets.UTF_8).split("\0", -1)) {
            if (!text.isEmpty()) {
                messages.add(text);
                if (text.startsWith("PUSH_REPLY")) {
                    makeKeys();
                }
            }
        }
    }

    /** Says late what it says first when TLS is there. */
    public void sayKeyMethod() {
        key.saidKey = true;
        say(keyMethod());
    }

    /** What it says first when TLS is there. */
    byte[] keyMethod() {
        ByteBuffer message = ByteBuffer.allocate(2048).putInt(0).put((byte) 2);
        message.put(key.source.preMaster()).put(key.source.random1()).put(key.source.random2());
        for (String text : new String[] {options, username, password, peerInfo}) {
            if (text.isEmpty()) {
                message.putShort((short) 0);
                continue;
            }
            byte[] bytes = (text + "\0").getBytes(StandardCharsets.UTF_8);
            message.putShort((short) bytes.length).put(bytes);
        }
        return Arrays.copyOf(message.array(), message.position());
    }

    /** The cipher that was pushed. */
    public String pushed(String option) {
        for (String message : messages) {
            for (String word : message.split(",", -1)) {
                if (word.startsWith(option + " ")) {
                    return word.substring(option.length() + 1);
                }
            }
        }
        return "";
    }

    private void makeKeys() {
        DataCipher cipher = DataCipher.of(pushed("cipher"));
        KeyBlock.Source theirs = key.serverSource;
        TestTlsClient tls = key.tls;
        if (cipher == null || theirs == null || tls == null || tls.dataKeys == null || key.data != null) {
            return;
        }
        boolean ekm = pushed("protocol-flags").contains("tls-ekm")
                || pushed("key-derivation").equals("tls-ekm");
        KeyBlock block = ekm
                ? KeyBlock.exported(tls.dataKeys.clone())
                : KeyBlock.derive(key.source, theirs, sessionId, serverSessionId);
        String peerId = pushed("peer-id");
        Framing framing = pushed("compress").equals("stub-v2")
                ? Framing.STUB_V2
                : pushed("comp-lzo").equals("no") ? Framing.STUB : Framing.NONE;
        DataFormat format =
                new DataFormat(key.id, peerId.isEmpty() ? DataFormat.NO_PEER_ID : Integer.parseInt(peerId), framing);
        boolean epochs = pushed("protocol-flags").contains("aead-epoch");
        byte[] exported = tls.dynamicTlsCrypt;
        if (key.id == 0 && exported != null && pushed("protocol-flags").contains("dyn-tls-crypt")) {
            dynamic = TlsCryptWrap.client(wrapKey == null ? StaticKey.of(exported) : wrapKey.xor(exported));
            dynamicIds = new WrapIds(1, 1000);
        }
        key.data = DataKey.create(format, new DataSuite(cipher, digest, epochs), block, false);
    }

    /** Says something on the control channel. */
    public void say(String text) {
        say((text + "\0").getBytes(StandardCharsets.UTF_8));
    }

    /** Says something that need be no text. */
    void say(byte[] bytes) {
        try {
            key.protocol.writeApplicationData(bytes, 0, bytes.length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether its TLS is there. */
    boolean isTlsComplete() {
        TestTlsClient tls = key.tls;
        return tls != null && tls.complete;
    }

    /** Whether its latest key is there. */
    public boolean isUp() {
        return key.data != null;
    }

    /** What it sends and receives with; null before it is up. */
    public @Nullable DataKey dataKey() {
        return key.data;
    }

    public int keyId() {
        return key.id;
    }

    /** A data packet with a payload, of the latest key or of the one before. */
    public byte[] data(byte[] payload, boolean latest) {
        Key with = latest || before == null ? key : before;
        DataKey data = with.data;
        if (data == null) {
            throw new AssertionError("there is no key yet");
        }
        ByteBuffer packet = ByteBuffer.allocate(payload.length + DataKey.MAX_OVERHEAD);
        int length = data.seal(ByteBuffer.wrap(payload), 0, payload.length, packet, 0);
        return Arrays.copyOf(packet.array(), length);
    }

    private byte @Nullable [] receiveData(byte[] packet) {
        Plain plain = new Plain();
        for (Key each : before == null ? List.of(key) : List.of(key, before)) {
            DataKey data = each.data;
            if (data != null
                    && each.id == Opcode.keyId(packet[0])
                    && data.open(ByteBuffer.wrap(packet), 0, packet.length, plain) == OpenResult.OPENED) {
                return plain.toBytes();
            }
        }
        return null;
    }

    /** Sends what is to be sent now. */
    public void flush(long nowNanos) {
        while (key.sent.hasRoom() && key.protocol.getAvailableOutputBytes() > 0 && key.tls != null) {
            byte[] payload = new byte[Math.min(1100, key.protocol.getAvailableOutputBytes())];
            key.protocol.readOutput(payload, 0, payload.length);
            key.sent.add(Opcode.CONTROL_V1, payload, nowNanos);
        }
        ArrayDeque<ControlPacket> packets = new ArrayDeque<>();
        for (SendWindow.Sent next = key.sent.nextDue(nowNanos); next != null; next = key.sent.nextDue(nowNanos)) {
            int[] along = next.id() == 0 && key.id == 0 && serverSessionId == 0 ? new int[0] : key.acks.take(4);
            packets.add(new ControlPacket(
                    next.opcode(), key.id, sessionId, along, serverSessionId, next.id(), next.payload()));
        }
        if (key.acks.isOwing()) {
            packets.add(new ControlPacket(
                    Opcode.ACK_V1, key.id, sessionId, key.acks.take(8), serverSessionId, 0, new byte[0]));
        }
        for (ControlPacket packet : packets) {
            boolean bringsKey = wrappedKey.length > 0 && packet.keyId() == 0 && packet.packetId() <= 1;
            if (!bringsKey || packet.opcode() == Opcode.ACK_V1) {
                out.add(ids(packet.keyId()).wrap(wrap(packet.keyId()), packet));
                continue;
            }
            ControlPacket withKey = packet.opcode() != Opcode.CONTROL_V1
                    ? packet
                    : new ControlPacket(
                            Opcode.CONTROL_WKC_V1,
                            packet.keyId(),
                            packet.sessionId(),
                            packet.acks(),
                            packet.remoteSessionId(),
                            packet.packetId(),
                            packet.payload());
            byte[] wire = firstIds.wrap(first, withKey);
            byte[] both = Arrays.copyOf(wire, wire.length + wrappedKey.length);
            System.arraycopy(wrappedKey, 0, both, wire.length, wrappedKey.length);
            out.add(both);
        }
    }
}

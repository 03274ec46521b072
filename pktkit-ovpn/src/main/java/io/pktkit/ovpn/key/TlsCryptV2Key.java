// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.key;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The server's key of tls-crypt-v2. It wraps the keys of clients, which bring them along: the server keeps none of them.
 *
 * <pre>
 *  WKc = T (32) | AES-256-CTR(Ke, T[0..16), Kc | metadata) | length (2)
 *  T   = HMAC-SHA256(Ka, length | Kc | metadata)
 * </pre>
 */
public final class TlsCryptV2Key {

    /** The longest wrapped key. */
    public static final int MAX_WRAPPED = 1024;

    /** The longest metadata of a client, its type included. */
    public static final int MAX_METADATA = MAX_WRAPPED - StaticKey.LENGTH - 34;

    private static final String SERVER = "OpenVPN tls-crypt-v2 server key";
    private static final String CLIENT = "OpenVPN tls-crypt-v2 client key";
    private static final byte METADATA_USER = 0;
    private static final byte METADATA_TIME = 1;
    private static final int LENGTH = 128;
    private static final int TAG = 32;
    private static final int LEAST = TAG + StaticKey.LENGTH + 2;

    private final byte[] bytes;

    private TlsCryptV2Key(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * A client's key and what was written about it when it was made.
     *
     * @param key its key, Kc
     * @param metadata its type, then the rest: 0 for text of the operator, 1 for the time of making in seconds of Unix;
     *     empty if there is none
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on, not compared
    public record Client(StaticKey key, byte[] metadata) {

        /** {@return when the key was made, if its metadata tells; it is the server's own word, as nobody else can wrap keys} */
        public Optional<Instant> made() {
            return metadata.length == 1 + Long.BYTES && metadata[0] == METADATA_TIME
                    ? Optional.of(
                            Instant.ofEpochSecond(ByteBuffer.wrap(metadata).getLong(1)))
                    : Optional.empty();
        }

        /** {@return the operator's text in the metadata; empty if it is of another type} */
        public String text() {
            return metadata.length > 1 && metadata[0] == METADATA_USER
                    ? new String(metadata, 1, metadata.length - 1, StandardCharsets.UTF_8)
                    : "";
        }
    }

    /**
     * Makes a new key.
     *
     * @param random where its bytes are from
     * @return the key
     */
    public static TlsCryptV2Key generate(SecureRandom random) {
        byte[] fresh = new byte[LENGTH];
        random.nextBytes(fresh);
        return new TlsCryptV2Key(fresh);
    }

    /**
     * Reads a file that {@code openvpn --genkey tls-crypt-v2-server} wrote.
     *
     * @param text the file
     * @return the key
     * @throws KeyFormatException if there is no whole key in it
     */
    public static TlsCryptV2Key parse(String text) throws KeyFormatException {
        byte[] found = decode(text, SERVER);
        if (found.length != LENGTH) {
            throw new KeyFormatException("a tls-crypt-v2 server key has 128 bytes, not " + found.length
                    + "; make one with: openvpn --genkey tls-crypt-v2-server FILE");
        }
        return new TlsCryptV2Key(found);
    }

    /** {@return the key as a file} */
    public String toText() {
        return encode(bytes, SERVER);
    }

    /**
     * Makes the file of a client, its key and the wrapped key, as {@code openvpn --genkey tls-crypt-v2-client} does.
     *
     * @param client the client
     * @return the file
     */
    public String toClientText(Client client) {
        byte[] wrapped = wrap(client);
        byte[] both = ByteBuffer.allocate(StaticKey.LENGTH + wrapped.length)
                .put(client.key.toBytes())
                .put(wrapped)
                .array();
        return encode(both, CLIENT);
    }

    /**
     * Finds the wrapped key in the file of a client.
     *
     * @param text the file
     * @return the wrapped key, WKc
     * @throws KeyFormatException if there is none
     */
    public static byte[] wrappedKeyOf(String text) throws KeyFormatException {
        byte[] both = decode(text, CLIENT);
        if (both.length < StaticKey.LENGTH + LEAST) {
            throw new KeyFormatException("a tls-crypt-v2 client key has at least 546 bytes, not " + both.length
                    + "; make one with: openvpn --tls-crypt-v2 SERVERKEY --genkey tls-crypt-v2-client FILE");
        }
        return Arrays.copyOfRange(both, StaticKey.LENGTH, both.length);
    }

    /**
     * Wraps a client's key.
     *
     * @param client the client
     * @return the wrapped key, WKc
     */
    public byte[] wrap(Client client) {
        int metadata = client.metadata.length;
        if (metadata > MAX_METADATA) {
            throw new IllegalArgumentException("at most 734 bytes of metadata: length=" + metadata);
        }
        int length = LEAST + metadata;
        ByteBuffer plain = ByteBuffer.allocate(StaticKey.LENGTH + metadata);
        plain.put(client.key.toBytes()).put(client.metadata);
        byte[] tag = tag(length, plain.array());
        byte[] sealed = crypt(Cipher.ENCRYPT_MODE, tag, plain.array());
        Arrays.fill(plain.array(), (byte) 0);
        return ByteBuffer.allocate(length)
                .put(tag)
                .put(sealed)
                .putShort((short) length)
                .array();
    }

    /**
     * Unwraps what may be a client's key. Total.
     *
     * @param packet ends with it
     * @return the client; null if there is none or it is not authentic
     */
    public @Nullable Client unwrap(byte[] packet) {
        int length = wrappedLength(packet);
        if (length == 0) {
            return null;
        }
        int begin = packet.length - length;
        byte[] tag = Arrays.copyOfRange(packet, begin, begin + TAG);
        byte[] plain = crypt(Cipher.DECRYPT_MODE, tag, Arrays.copyOfRange(packet, begin + TAG, packet.length - 2));
        if (!MessageDigest.isEqual(tag, tag(length, plain))) {
            return null;
        }
        StaticKey key = StaticKey.of(Arrays.copyOf(plain, StaticKey.LENGTH));
        byte[] metadata = Arrays.copyOfRange(plain, StaticKey.LENGTH, plain.length);
        Arrays.fill(plain, (byte) 0);
        return new Client(key, metadata);
    }

    /**
     * Tells how long a wrapped key at the end of a packet says that it is.
     *
     * @param packet the packet
     * @return the bytes, length field included; 0 if there cannot be one
     */
    public static int wrappedLength(byte[] packet) {
        if (packet.length < LEAST) {
            return 0;
        }
        int length = ((packet[packet.length - 2] & 0xff) << 8) | (packet[packet.length - 1] & 0xff);
        return length < LEAST || length > Math.min(packet.length, MAX_WRAPPED) ? 0 : length;
    }

    private byte[] tag(int length, byte[] plain) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(bytes, 64, 32, "HmacSHA256"));
            mac.update((byte) (length >>> 8));
            mac.update((byte) length);
            return mac.doFinal(plain);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no HmacSHA256", e);
        }
    }

    private byte[] crypt(int mode, byte[] tag, byte[] data) {
        try {
            Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
            cipher.init(mode, new SecretKeySpec(bytes, 0, 32, "AES"), new IvParameterSpec(tag, 0, 16));
            return cipher.doFinal(data);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no AES/CTR", e);
        }
    }

    private static String encode(byte[] content, String label) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
    }

    private static byte[] decode(String text, String label) throws KeyFormatException {
        String first = "-----BEGIN " + label + "-----";
        int begin = text.indexOf(first);
        int end = text.indexOf("-----END " + label + "-----");
        if (begin < 0 || end < begin) {
            throw new KeyFormatException("there is no '" + first + "' with its END in the file");
        }
        try {
            String body = text.substring(begin + first.length(), end).replaceAll("\\s", "");
            return Base64.getDecoder().decode(body);
        } catch (IllegalArgumentException e) {
            throw new KeyFormatException("what is between BEGIN and END of '" + label + "' is not base64");
        }
    }

    @Override
    public String toString() {
        return "TlsCryptV2Key[hidden]";
    }
}

// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import io.pktkit.ovpn.client.ClientIdentity;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.internal.data.DataFormat;
import io.pktkit.ovpn.internal.data.DataKey;
import io.pktkit.ovpn.internal.data.DataSuite;
import io.pktkit.ovpn.internal.data.Framing;
import io.pktkit.ovpn.internal.data.KeyBlock;
import io.pktkit.ovpn.internal.negotiate.KeyMethod2;
import io.pktkit.ovpn.internal.negotiate.OptionsString;
import io.pktkit.ovpn.internal.negotiate.PeerInfo;
import io.pktkit.ovpn.internal.tls.CommonNames;
import io.pktkit.ovpn.key.AuthDigest;
import io.pktkit.ovpn.key.DataCipher;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a session and its client have agreed on: who the client is, and how data is protected. Settled once, by the first
 * key; later keys must fit it. Owned by its session.
 */
final class Settlement {

    private static final String NO_SHARED_CIPHER = "Data channel cipher negotiation failed (no shared cipher)";

    private final SessionConfig config;
    private final SessionOrigin origin;
    private OptionsString options = new OptionsString("");
    private PeerInfo peerInfo = PeerInfo.parse("");
    private @Nullable ClientIdentity identity;
    private @Nullable ClientSettings settings;
    private @Nullable DataSuite suite;
    private @Nullable String authToken;
    private @Nullable String compression;
    private Framing framing = Framing.NONE;
    private boolean ekm;
    private boolean dynamicTlsCrypt;

    Settlement(SessionConfig config, SessionOrigin origin) {
        this.config = config;
        this.origin = origin;
    }

    @Nullable
    ClientIdentity identity() {
        return identity;
    }

    boolean isSettled() {
        return suite != null;
    }

    KeyBlock.Source newSource() {
        SecureRandom random = config.tls().random();
        byte[] random1 = new byte[32];
        byte[] random2 = new byte[32];
        random.nextBytes(random1);
        random.nextBytes(random2);
        return new KeyBlock.Source(new byte[0], random1, random2);
    }

    void introduce(ClientIdentity client, OptionsString itsOptions, PeerInfo itsPeerInfo) {
        identity = client;
        options = itsOptions;
        peerInfo = itsPeerInfo;
    }

    static ClientIdentity identityOf(List<X509Certificate> chain, KeyMethod2.Client client) {
        String commonName = chain.isEmpty() ? "" : CommonNames.of(chain.get(0));
        return new ClientIdentity(
                commonName, client.username(), chain, client.peerInfo().values());
    }

    /** Whether somebody is who the session was settled with: the same certificate and user. */
    boolean isSameClient(ClientIdentity other) {
        ClientIdentity known = identity;
        return known != null
                && known.commonName().equals(other.commonName())
                && known.username().equals(other.username())
                && MessageDigest.isEqual(encoded(known.certificate()), encoded(other.certificate()));
    }

    private static byte[] encoded(@Nullable X509Certificate certificate) {
        try {
            return certificate == null ? new byte[0] : certificate.getEncoded();
        } catch (CertificateEncodingException e) {
            return new byte[] {0};
        }
    }

    boolean wantsDynamicTlsCrypt() {
        return peerInfo.can(PeerInfo.DYN_TLS_CRYPT) && peerInfo.can(PeerInfo.CC_EXIT_NOTIFY);
    }

    boolean takesUnaskedPush() {
        return peerInfo.can(PeerInfo.REQUEST_PUSH);
    }

    boolean takesTemporaryRefusals() {
        return peerInfo.can(PeerInfo.AUTH_FAIL_TEMP);
    }

    boolean takesUpdates() {
        return peerInfo.can(PeerInfo.PUSH_UPDATE);
    }

    /** Settles all of it; what the client is told if that is not possible, or null. */
    @Nullable
    String settle(SessionEvent.Accept accept, ControlKey key, boolean dynamic) {
        DataCipher cipher = chooseCipher();
        AuthDigest digest = options.digest();
        if (cipher == null || (digest == null && !cipher.isAead())) {
            return NO_SHARED_CIPHER;
        }
        settings = accept.settings();
        authToken = accept.authToken();
        dynamicTlsCrypt = dynamic;
        ekm = peerInfo.can(PeerInfo.TLS_KEY_EXPORT) && key.tls().canExport();
        if (options.hasCompression()) {
            boolean v2 = peerInfo.number("IV_COMP_STUBv2", 0) == 1;
            framing = v2 ? Framing.STUB_V2 : Framing.STUB;
            compression = v2 ? "compress stub-v2" : "comp-lzo no";
        }
        // The flag for it goes along with the one of cc-exit; and its keys are of what TLS exports.
        boolean epochs = cipher.isAead()
                && ekm
                && peerId() >= 0
                && peerInfo.can(PeerInfo.DATA_EPOCH)
                && peerInfo.can(PeerInfo.CC_EXIT_NOTIFY);
        suite = new DataSuite(cipher, digest == null ? AuthDigest.SHA1 : digest, epochs);
        return null;
    }

    /** The first of ours that the client has; who does not negotiate has the one of its options string. */
    private @Nullable DataCipher chooseCipher() {
        for (DataCipher cipher : config.ciphers()) {
            if (peerInfo.has(cipher)) {
                return cipher;
            }
        }
        DataCipher own = options.cipher();
        return own != null && config.ciphers().contains(own) ? own : null;
    }

    /** Makes the keys that a client and we now share; null if TLS does not export them. */
    @Nullable
    DataKey dataKey(ControlKey key) {
        DataSuite agreed = suite;
        KeyMethod2.Client client = key.client;
        KeyBlock.Source ours = key.source;
        if (agreed == null || client == null || ours == null) {
            return null;
        }
        byte[] exported = ekm ? key.tls().takeDataKeys() : null;
        KeyBlock block;
        if (!ekm) {
            block = KeyBlock.derive(client.source(), ours, origin.remoteSessionId(), origin.sessionId());
        } else if (exported != null) {
            block = KeyBlock.exported(exported);
        } else {
            return null;
        }
        DataFormat format = new DataFormat(key.keyId(), peerId() < 0 ? DataFormat.NO_PEER_ID : peerId(), framing);
        DataKey data = DataKey.create(format, agreed, block, true);
        block.wipe();
        return data;
    }

    private int peerId() {
        return peerInfo.can(PeerInfo.DATA_V2) ? origin.peerId() : -1;
    }

    List<String> pushReply() {
        ClientSettings given = settings;
        DataSuite agreed = suite;
        if (given == null || agreed == null) {
            return List.of();
        }
        PushReply.Settled settled = new PushReply.Settled(
                peerId(), agreed.cipher().label(), compression, ekm, dynamicTlsCrypt, agreed.epochs(), authToken);
        return PushReply.write(config, given, peerInfo, settled);
    }

    String pendingMessage(int seconds) {
        return peerInfo.can(PeerInfo.AUTH_PENDING_KW) ? "AUTH_PENDING,timeout " + seconds : "AUTH_PENDING";
    }

    String optionsAnswer() {
        return options.answer();
    }

    String describe() {
        DataSuite agreed = suite;
        if (agreed == null) {
            return "not settled";
        }
        return agreed.cipher().label()
                + (agreed.cipher().isAead() ? "" : " with " + agreed.digest().label())
                + (peerId() < 0 ? ", DATA_V1" : ", peer-id " + peerId())
                + (ekm ? ", tls-ekm" : ", PRF")
                + (agreed.epochs() ? ", epoch keys" : "")
                + (dynamicTlsCrypt ? ", dynamic tls-crypt" : "");
    }
}

// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.device.Quota;
import io.pktkit.internal.Secrets;
import io.pktkit.ovpn.client.AuthAttempt;
import io.pktkit.ovpn.client.ClientIdentity;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.internal.rules.Additions;
import io.pktkit.ovpn.internal.rules.AuthTokens;
import io.pktkit.ovpn.internal.session.SessionAction;
import io.pktkit.ovpn.internal.session.SessionEvent;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets clients in: asks the authenticator, gives them an address, and plugs them in, before they are told that they are in.
 * All that may fail is done by then.
 */
final class Admission {

    /** How many questions are open at most; one more is told to come again. */
    private static final int MOST_QUESTIONS = 1024;

    private final ServerCore core;
    private final OvpnServerConfig config;
    private final ServerCore.Faces faces;
    private final Quota questions = new Quota(MOST_QUESTIONS);

    /** What is plugged in, whatever has become of its session. */
    private final Map<ClientLink, ClientFace> plugged = new ConcurrentHashMap<>();

    Admission(ServerCore core, OvpnServerConfig config, ServerCore.Faces faces) {
        this.core = core;
        this.config = config;
        this.faces = faces;
    }

    /** On the control thread. */
    void ask(ClientLink link, SessionAction.Authenticate question) {
        if (!question.renewal()) {
            link.identity(question.identity());
            core.table().introduced(link);
        }
        Attempt attempt = new Attempt(link, question);
        link.asked(attempt::answer);
        AuthTokens tokens = config.tokens();
        if (tokens != null && AuthTokens.isToken(question.password())) {
            if (tokens.isValid(question.password(), question.identity())) {
                attempt.keepToken();
                attempt.accept();
            } else {
                // The client forgets its token and asks its user again.
                attempt.reject("SESSION: token expired");
            }
            return;
        }
        if (!questions.tryAcquire()) {
            attempt.refuseBusy();
            return;
        }
        try {
            core.timers().callbacks().execute(() -> call(attempt));
        } catch (RuntimeException | Error failure) {
            questions.release();
            if (!(failure instanceof RejectedExecutionException)) {
                core.failed(failure);
            }
            attempt.refuseBusy();
        }
    }

    private void call(Attempt attempt) {
        try {
            if (!core.isClosed()) {
                config.authenticator().authenticate(attempt);
            }
        } catch (Throwable failure) {
            core.failed(failure);
            attempt.reject("");
        } finally {
            questions.release();
        }
    }

    /** On the control thread. */
    private void admit(Attempt attempt, @Nullable ClientSettings settings) {
        ClientLink link = attempt.link;
        if (!link.session().isAwaiting(attempt.number())) {
            // Too late: it must not take the place of another that came in meanwhile.
            return;
        }
        if (isStale(link)) {
            core.handle(link, new SessionEvent.Close(""));
            return;
        }
        core.replaceOthers(link);
        if (core.isFull()) {
            core.handle(link, new SessionEvent.Reject(attempt.number(), "TEMP:the server is full"));
            return;
        }
        link.plugged = core.lifecycle().begin(() -> plug(attempt, settings));
        if (!link.plugged) {
            core.handle(link, new SessionEvent.Reject(attempt.number(), ""));
        }
    }

    /** Plugs a client in, with what it is given, or without anything told about that. On a thread for callbacks. */
    private void plug(Attempt attempt, @Nullable ClientSettings told) {
        ClientLink link = attempt.link;
        ClientSettings settings;
        try {
            ClientSettings wanted = told != null
                    ? Additions.to(config.pushed(), told)
                    : config.settingsOf().settingsFor(link.identity(), config.pushed());
            settings = config.pool().assign(link, link.identity().name(), wanted);
        } catch (Throwable failure) {
            refuse(attempt, failure, "");
            return;
        }
        if (settings == null) {
            core.worker().post(link, new SessionEvent.Reject(attempt.number(), "TEMP:no address is free"));
            return;
        }
        link.settings(settings);
        try {
            ClientFace face = faces.make(core, link, settings);
            plugged.put(link, face);
            face.open();
            link.face(face);
        } catch (Throwable failure) {
            refuse(attempt, failure, "the network cannot take another client");
            return;
        }
        if (core.isClosed()) {
            // By who plugs it in: the close has not waited for that.
            unplug(link);
        }
        SessionEvent accepted = new SessionEvent.Accept(attempt.number(), settings, tokenFor(attempt));
        core.worker().post(() -> core.handle(link, isStale(link) ? new SessionEvent.Close("") : accepted));
    }

    /** Whether a verdict comes too late, as the client has begun anew: it must not end the session that is alive. */
    private boolean isStale(ClientLink link) {
        return core.table().isSuperseded(link);
    }

    /** User code failed, perhaps half-way: the client hears of it at once, and nothing stays taken. */
    private void refuse(Attempt attempt, Throwable failure, String reason) {
        core.failed(failure);
        try {
            unplug(attempt.link);
        } catch (RuntimeException | Error again) {
            core.failed(again);
        }
        core.worker().post(attempt.link, new SessionEvent.Reject(attempt.number(), reason));
    }

    /** What was plugged in is taken off, once. On a thread for callbacks. */
    void unplug(ClientLink link) {
        link.face(null);
        ClientFace face = plugged.remove(link);
        try {
            if (face != null) {
                face.close();
            }
        } finally {
            config.pool().release(link);
        }
    }

    /** Takes off whatever is left, when nothing else happens any more. */
    void close() {
        for (ClientLink link : plugged.keySet()) {
            try {
                unplug(link);
            } catch (RuntimeException | Error failure) {
                core.failed(failure);
            }
        }
    }

    /** Who came with a token goes on with that one: it is good for so long after the password, and not after itself. */
    private @Nullable String tokenFor(Attempt attempt) {
        AuthTokens tokens = config.tokens();
        ClientIdentity identity = attempt.identity();
        if (attempt.token != null || tokens == null || identity.username().isEmpty()) {
            return attempt.token;
        }
        return tokens.make(identity);
    }

    private final class Attempt implements AuthAttempt {

        private final ClientLink link;
        private final SessionAction.Authenticate question;
        private final AtomicBoolean answered = new AtomicBoolean();

        /** The token that it came with in place of a password, if that was good. */
        private @Nullable String token;

        Attempt(ClientLink link, SessionAction.Authenticate question) {
            this.link = link;
            this.question = question;
        }

        long number() {
            return question.attempt();
        }

        void keepToken() {
            token = new String(question.password(), StandardCharsets.US_ASCII);
        }

        @Override
        public ClientIdentity identity() {
            return question.identity();
        }

        @Override
        public char[] password() {
            if (answered.get()) {
                return new char[0];
            }
            CharBuffer decoded = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(question.password()));
            char[] copy = new char[decoded.length()];
            decoded.get(copy);
            decoded.clear();
            while (decoded.hasRemaining()) {
                decoded.put('\0');
            }
            if (answered.get()) {
                // Meanwhile, and so it is wiped in part.
                Arrays.fill(copy, '\0');
                return new char[0];
            }
            return copy;
        }

        @Override
        public String remoteAddress() {
            return link.remoteAddress();
        }

        @Override
        public boolean isRenewal() {
            return question.renewal();
        }

        /** Its password is wiped by the first answer, or when none makes a difference any more. */
        private boolean answer() {
            if (!answered.compareAndSet(false, true)) {
                return false;
            }
            Secrets.wipe(question.password());
            return true;
        }

        @Override
        public void accept(ClientSettings settings) {
            admit(settings);
        }

        private void admit(@Nullable ClientSettings settings) {
            if (!answer()) {
                return;
            }
            if (question.renewal()) {
                core.worker().post(link, new SessionEvent.Accept(question.attempt(), link.settings(), null));
            } else {
                core.worker().post(() -> Admission.this.admit(this, settings));
            }
        }

        @Override
        public void accept() {
            admit(null);
        }

        @Override
        public void reject(String reason) {
            if (answer()) {
                core.worker().post(link, new SessionEvent.Reject(question.attempt(), reason));
            }
        }

        void refuseBusy() {
            reject("TEMP:the server is busy");
        }

        @Override
        public void pending(int seconds, String info, Consumer<String> response) {
            if (!answered.get()) {
                link.challenge(response);
                core.worker().post(link, new SessionEvent.Pending(question.attempt(), seconds, info));
            }
        }
    }
}

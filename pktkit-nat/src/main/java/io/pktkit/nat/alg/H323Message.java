// SPDX-License-Identifier: MIT
package io.pktkit.nat.alg;

import io.pktkit.nat.helper.HelperPayload;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The addresses in messages of H.225.0 and H.245, by where they are in a payload. */
final class H323Message implements PerReader.Found {

    private static final Map<String, PerType> TYPES = PerType.load("h323.types");
    private static final PerType CALL = type("H323-UserInformation");
    private static final PerType RAS = type("RasMessage");
    private static final PerType CONTROL = type("MultimediaSystemControlMessage");
    private static final PerType CHANNEL = type("OpenLogicalChannel");

    /** More are nothing that a terminal sends. */
    private static final int MAX_ADDRESSES = 64;

    /** Messages in the messages of a call: of H.245 in those of H.225.0, and channels that are offered. */
    private static final int MAX_INNER = 64;

    private static final int PROTOCOL_DISCRIMINATOR = 0x08;
    private static final int USER_USER = 0x7E;

    /** ITU-T X.208 and X.209 coded user information, by table 4-26 of ITU-T Q.931. */
    private static final int ASN_1 = 0x05;

    private final HelperPayload payload;
    private final List<Address> addresses = new ArrayList<>();
    private final List<Inner> inners = new ArrayList<>();
    private long timeToLive;
    private String kind = "";
    private boolean tooMany;

    /** What it is the address of, and where its four octets and those of the port are. */
    record Address(String name, int at) {}

    private record Inner(String name, int from, int to) {}

    private H323Message(HelperPayload payload) {
        this.payload = payload;
    }

    private static PerType type(String name) {
        return Objects.requireNonNull(TYPES.get(name), name);
    }

    /** Reads a message of ITU-T Q.931 with one of H.225.0 in it; null if it is none. */
    static @Nullable H323Message call(HelperPayload payload, int from, int to) {
        int user = userInformation(payload, from, to);
        if (user < 0) {
            return null;
        }
        int length = payload.at(user) << 8 | payload.at(user + 1);
        int begins = user + 3;
        boolean whole = length > 1 && length - 1 <= to - begins && payload.at(user + 2) == ASN_1;
        return whole ? new H323Message(payload).read(CALL, begins, begins + length - 1, false) : null;
    }

    /** Where the length of the user-user information element is; -1 if there is none (Q.931 section 4.5). */
    private static int userInformation(HelperPayload payload, int from, int to) {
        if (to - from < 3 || payload.at(from) != PROTOCOL_DISCRIMINATOR) {
            return -1;
        }
        int at = from + 2 + (payload.at(from + 1) & 0x0F) + 1;
        while (at < to) {
            int element = payload.at(at++);
            if (element == USER_USER) {
                return to - at >= 4 ? at : -1;
            }
            if (element < 0x80) {
                at += at < to ? 1 + payload.at(at) : 1;
            }
        }
        return -1;
    }

    /** Reads a message of RAS, H.225.0 section 7.7 and on. */
    static @Nullable H323Message ras(HelperPayload payload, int from, int to) {
        return new H323Message(payload).read(RAS, from, to, false);
    }

    /** Reads one message of H.245, or several behind each other. */
    static @Nullable H323Message control(HelperPayload payload, int from, int to) {
        return new H323Message(payload).read(CONTROL, from, to, true);
    }

    private @Nullable H323Message read(PerType type, int from, int to, boolean several) {
        PerReader reader = new PerReader(payload, this); // one, so that its bound is one of the whole message
        int at = from;
        do {
            at = reader.read(type, at, to);
        } while (several && at >= 0 && at < to);
        if (at < 0) {
            return null;
        }
        for (int i = 0; i < inners.size(); i++) {
            Inner inner = inners.get(i);
            // What is offered and not understood is left; the rest is still right.
            int before = addresses.size();
            boolean channel = inner.name.equals("fastStart");
            int behind = reader.read(channel ? CHANNEL : CONTROL, inner.from, inner.to);
            if (behind < 0) {
                addresses.subList(before, addresses.size()).clear();
            }
        }
        return tooMany ? null : this;
    }

    @Override
    public void address(String name, int at) {
        tooMany |= addresses.size() >= MAX_ADDRESSES;
        if (!tooMany) {
            addresses.add(new Address(name, at));
        }
    }

    @Override
    public void octets(String name, int from, int to) {
        boolean holds = name.equals("fastStart") || name.equals("h245Control") || name.equals("parallelH245Control");
        if (holds && inners.size() < MAX_INNER) {
            inners.add(new Inner(name, from, to));
        }
    }

    @Override
    public void chosen(String name) {
        kind = kind.isEmpty() ? name : kind;
    }

    @Override
    public void number(String name, long value) {
        if (name.equals("timeToLive")) {
            timeToLive = value;
        }
    }

    List<Address> addresses() {
        return addresses;
    }

    /** What kind of message it is, of those that are asked for. */
    String kind() {
        return kind;
    }

    /** How long a registration lasts, in seconds; 0 if that is not said. */
    long timeToLive() {
        return timeToLive;
    }

    /** The type of a message of Q.931, or -1. */
    static int messageType(HelperPayload payload, int from, int to) {
        int at = to - from < 3 ? to : from + 2 + (payload.at(from + 1) & 0x0F);
        return at < to ? payload.at(at) : -1;
    }
}

// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.wire.IpAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** An engine with one identity, at an address of the {@link World}. It records what goes out of it and comes in. */
final class Host implements WgSink {

    final World world;
    final WgEndpoint endpoint;
    final WgEngine engine;
    final WgIdentity identity;
    final List<byte[]> sent = new ArrayList<>();
    final List<Long> sentAt = new ArrayList<>();
    final List<WgEndpoint> sentTo = new ArrayList<>();
    final List<byte[]> packets = new ArrayList<>();
    final List<WgPeer> packetsFrom = new ArrayList<>();
    final List<UnknownPeer> strangers = new ArrayList<>();

    /** The peer, where there is one. */
    @SuppressWarnings("NullAway.Init") // set when the hosts are joined
    WgPeer peer;

    /** Whether what is sent reaches the wire. */
    boolean connected = true;

    Host(World world, WgEndpoint endpoint, WgEngineConfig config) {
        this.world = world;
        this.endpoint = endpoint;
        this.engine = new WgEngine(config);
        this.identity = engine.addIdentity(WgPrivateKey.generate(new FixedRandom(world.random.nextLong())));
    }

    IpAddress inner() {
        return IpAddress.ofIpv4(0x0A000000 | (endpoint.address().toIpv4Bits() & 0xFF));
    }

    IpAddress inner6() {
        return IpAddress.ofIpv6(0xFD00L << 48, endpoint.address().toIpv4Bits() & 0xFF);
    }

    SendResult send(Host other, int payload) {
        return send(World.packet(inner(), other.inner(), payload));
    }

    SendResult send(ByteBuffer packet) {
        WgPeer to = identity.route(packet, packet.position(), packet.remaining());
        int length = packet.remaining();
        int offset = packet.position();
        packet.clear();
        return engine.send(to == null ? peer : to, packet, offset, length, world.now, this);
    }

    void receive(byte[] datagram, WgEndpoint from) {
        // In the middle of junk, so that what is read beyond the datagram shows.
        ByteBuffer buffer = ByteBuffer.allocate(datagram.length + 14);
        Arrays.fill(buffer.array(), (byte) 0xA5);
        buffer.put(7, datagram);
        engine.receive(buffer, 7, datagram.length, from, world.now, this);
    }

    /** How many messages of a type were sent. */
    int count(int type) {
        int count = 0;
        for (byte[] datagram : sent) {
            count += datagram[0] == type ? 1 : 0;
        }
        return count;
    }

    byte[] last() {
        return sent.get(sent.size() - 1);
    }

    byte[] last(int type) {
        for (int i = sent.size() - 1; i >= 0; i--) {
            if (sent.get(i)[0] == type) {
                return sent.get(i);
            }
        }
        throw new AssertionError("nothing of type " + type + " was sent");
    }

    void forget() {
        sent.clear();
        sentAt.clear();
        sentTo.clear();
        packets.clear();
        packetsFrom.clear();
    }

    long allDrops() {
        long sum = 0;
        for (WgDrop why : WgDrop.values()) {
            sum += engine.drops(why);
        }
        return sum;
    }

    @Override
    public void datagram(ByteBuffer buffer, int offset, int length, WgEndpoint to) {
        byte[] copy = new byte[length];
        buffer.get(offset, copy, 0, length);
        sent.add(copy);
        sentAt.add(world.now);
        sentTo.add(to);
        if (connected) {
            world.fly(this, copy, to);
        }
    }

    @Override
    public void packet(WgPeer from, ByteBuffer buffer, int offset, int length) {
        byte[] copy = new byte[length];
        buffer.get(offset, copy, 0, length);
        packets.add(copy);
        packetsFrom.add(from);
    }

    @Override
    public void unknownPeer(UnknownPeer unknown) {
        strangers.add(unknown);
    }
}

// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.wire.EtherType;
import io.pktkit.wire.IpProtocol;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Which queue of an interface a flow is written to: always the same, and the one that it came on if it came first.
 *
 * <p>The kernel sends a flow to the queue that the flow was last written to, else to one by a hash of its own. So a flow that
 * the kernel began stays where it is when it is answered there, and one that was begun here is answered where it was
 * written: none is moved, and being moved is what would let packets overtake each other. Flows are told apart by a hash; one
 * that shares it with another, of which the kernel knows better, may be moved once, by the first answer.
 *
 * <p>Fragments go by addresses alone, as only the first of them has ports. Any thread.
 */
final class FlowQueues {
    private static final int BUCKETS = 4096; // a power of two
    private static final int ETHERNET = 14;
    private static final int VLAN = 4;
    private static final int IPV4 = 20;
    private static final int IPV6 = 40;

    private final int queues;
    private final boolean ethernet;

    /** The queue of each bucket plus one; 0 until there is a flow. */
    private final AtomicIntegerArray bound = new AtomicIntegerArray(BUCKETS);

    FlowQueues(int queues, boolean ethernet) {
        this.queues = queues;
        this.ethernet = ethernet;
    }

    /** Notes where a message came. */
    void arrived(int queue, ByteBuffer buffer, int offset, int length) {
        int bucket = bucket(buffer, offset, length);
        if (bound.get(bucket) == 0) {
            bound.compareAndSet(bucket, 0, queue + 1);
        }
    }

    /** The queue for a message. */
    int queueOf(ByteBuffer buffer, int offset, int length) {
        int bucket = bucket(buffer, offset, length);
        int queue = bound.get(bucket);
        if (queue == 0) {
            bound.compareAndSet(bucket, 0, bucket % queues + 1);
            queue = bound.get(bucket);
        }
        return queue - 1;
    }

    private int bucket(ByteBuffer buffer, int offset, int length) {
        return hash(buffer, offset, length, ethernet) & (BUCKETS - 1);
    }

    /** A hash of the flow, the same in both directions; of whatever there is if the message is cut. */
    static int hash(ByteBuffer buffer, int offset, int length, boolean ethernet) {
        if (!ethernet) {
            return hashIp(buffer, offset, length);
        }
        if (length < ETHERNET) {
            return 0;
        }
        int type = buffer.getShort(offset + 12) & 0xFFFF;
        int header = ETHERNET;
        if (type == EtherType.VLAN && length >= ETHERNET + VLAN) {
            type = buffer.getShort(offset + 16) & 0xFFFF;
            header += VLAN;
        }
        if (type == EtherType.IPV4 || type == EtherType.IPV6) {
            return hashIp(buffer, offset + header, length - header);
        }
        int target = mix(buffer.getInt(offset) + buffer.getShort(offset + 4));
        int source = mix(buffer.getInt(offset + 6) + buffer.getShort(offset + 10));
        return mix(target + source + type);
    }

    private static int hashIp(ByteBuffer buffer, int at, int length) {
        int version = length < 1 ? 0 : (buffer.get(at) & 0xFF) >>> 4;
        if (version == 4 && length >= IPV4) {
            int header = (buffer.get(at) & 0xF) * 4;
            boolean fragment = (buffer.getShort(at + 6) & 0x3FFF) != 0;
            int protocol = buffer.get(at + 9) & 0xFF;
            int ports = fragment || header < IPV4 ? 0 : ports(buffer, at + header, length - header, protocol);
            return both(buffer.getInt(at + 12), buffer.getInt(at + 16), ports, protocol);
        }
        if (version == 6 && length >= IPV6) {
            int protocol = buffer.get(at + 6) & 0xFF;
            int ports = ports(buffer, at + IPV6, length - IPV6, protocol);
            return both(folded(buffer, at + 8), folded(buffer, at + 24), ports, protocol);
        }
        return 0;
    }

    /** Source and destination port, or 0 where there are none. */
    private static int ports(ByteBuffer buffer, int at, int length, int protocol) {
        boolean has = (protocol == IpProtocol.TCP || protocol == IpProtocol.UDP) && length >= 4;
        return has ? buffer.getInt(at) : 0;
    }

    private static int folded(ByteBuffer buffer, int at) {
        return buffer.getInt(at) * 31
                + buffer.getInt(at + 4) * 37
                + buffer.getInt(at + 8) * 41
                + buffer.getInt(at + 12);
    }

    private static int both(int source, int target, int ports, int protocol) {
        return mix(mix(source * 31 + (ports >>> 16)) + mix(target * 31 + (ports & 0xFFFF)) + protocol);
    }

    /** The finalizer of MurmurHash3: neighbouring addresses and ports go to different buckets. */
    private static int mix(int value) {
        int h = value;
        h = (h ^ (h >>> 16)) * 0x85ebca6b;
        h = (h ^ (h >>> 13)) * 0xc2b2ae35;
        return h ^ (h >>> 16);
    }
}

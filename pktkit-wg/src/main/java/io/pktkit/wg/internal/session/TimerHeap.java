// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.session;

import io.pktkit.time.Timers;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Whom to call when: a binary heap of those that have a deadline, so that the idle cost nothing. Any thread.
 *
 * @param <P> who is called
 */
public final class TimerHeap<P> {

    private final Object lock = new Object();
    private @Nullable Node<P>[] nodes = newArray(64);
    private int size;
    private volatile long first = Timers.NEVER;

    /** Creates an empty heap. */
    public TimerHeap() {}

    /**
     * Sets the time of a node, or moves it.
     *
     * @param node the node
     * @param wakeUp its time, or {@link Timers#NEVER} to take it out
     */
    public void put(Node<P> node, long wakeUp) {
        synchronized (lock) {
            if (node.index >= 0) {
                takeOut(node);
            }
            if (wakeUp != Timers.NEVER && !node.closed) {
                if (size == nodes.length) {
                    nodes = Arrays.copyOf(nodes, 2 * size);
                }
                node.wakeUp = wakeUp;
                size++;
                siftUp(node, size - 1);
            }
            publish();
        }
    }

    /**
     * Takes a node out for good.
     *
     * @param node the node
     */
    public void close(Node<P> node) {
        synchronized (lock) {
            node.closed = true;
            if (node.index >= 0) {
                takeOut(node);
            }
            publish();
        }
    }

    /**
     * Takes out who is due first.
     *
     * @param nowNanos the time
     * @return it, or null if nobody is due
     */
    public @Nullable P takeDue(long nowNanos) {
        long wakeUp = first;
        if (wakeUp == Timers.NEVER || wakeUp - nowNanos > 0) {
            return null;
        }
        synchronized (lock) {
            Node<P> node = nodes[0];
            if (node == null || node.wakeUp - nowNanos > 0) {
                return null;
            }
            takeOut(node);
            publish();
            return node.owner;
        }
    }

    /** {@return the time of the first, or {@link Timers#NEVER}; takes no lock} */
    public long firstDeadline() {
        return first;
    }

    /** {@return how many have a deadline} */
    public int size() {
        synchronized (lock) {
            return size;
        }
    }

    private void publish() {
        Node<P> node = nodes[0];
        first = node == null ? Timers.NEVER : node.wakeUp;
    }

    private void takeOut(Node<P> node) {
        int at = node.index;
        size--;
        Node<P> last = at(size);
        nodes[size] = null;
        node.index = -1;
        if (last != node) {
            siftUp(last, at);
            siftDown(last, last.index);
        }
    }

    private void siftUp(Node<P> node, int from) {
        int at = from;
        while (at > 0) {
            Node<P> parent = at((at - 1) >>> 1);
            if (node.wakeUp - parent.wakeUp >= 0) {
                break;
            }
            place(parent, at);
            at = (at - 1) >>> 1;
        }
        place(node, at);
    }

    private void siftDown(Node<P> node, int from) {
        int at = from;
        while (2 * at + 1 < size) {
            int child = 2 * at + 1;
            if (child + 1 < size && at(child + 1).wakeUp - at(child).wakeUp < 0) {
                child++;
            }
            if (at(child).wakeUp - node.wakeUp >= 0) {
                break;
            }
            place(at(child), at);
            at = child;
        }
        place(node, at);
    }

    private void place(Node<P> node, int at) {
        nodes[at] = node;
        node.index = at;
    }

    private Node<P> at(int index) {
        Node<P> node = nodes[index];
        if (node == null) {
            throw new IllegalStateException("hole in the heap: index=" + index + " size=" + size);
        }
        return node;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type; nothing else is put in
    private static <P> @Nullable Node<P>[] newArray(int length) {
        return new Node[length];
    }

    /**
     * The place of one in the heap. Guarded by the lock of the heap.
     *
     * @param <P> who is called
     */
    public static final class Node<P> {

        private final P owner;
        private long wakeUp;
        private int index = -1;
        private boolean closed;

        /**
         * Creates a place that has no deadline.
         *
         * @param owner who is called
         */
        public Node(P owner) {
            this.owner = owner;
        }
    }
}

// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.datagram;

import io.pktkit.datagram.DatagramBatch;
import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramCounter;
import io.pktkit.device.DropReason;
import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.MessageVector;
import io.pktkit.nativeio.UdpSocket;
import org.jspecify.annotations.Nullable;

/** Sends a batch: runs as messages to be cut, the rest as single ones, as many with a call as the kernel takes. */
final class LinuxBatch extends DatagramBatch {

    /** {@code UDP_MAX_SEGMENTS} of all kernels; newer ones take 128. */
    static final int MAX_SEGMENTS = 64;

    /** Below, what the kernel saves by cutting a run is not worth the risk of a card that cuts badly. */
    static final int MIN_SEGMENTS = 4;

    private final LinuxEndpoint endpoint;
    private final @Nullable UdpSocket ipv4;
    private final @Nullable UdpSocket ipv6;
    private final Offloads offloads;
    private final UdpCalls calls;
    private final Messages messages = new Messages(MAX_DATAGRAMS);
    private @Nullable Messages pieces;

    /** Whether the single datagrams of a refused run showed that it was not its being cut that was wrong. */
    private boolean otherFault;

    /** Messages, and which datagrams of the batch each of them carries. */
    private final class Messages {

        final MessageVector vector;
        final int[] first;
        final int[] segments;
        int size;

        Messages(int capacity) {
            vector = new MessageVector(buffer(), capacity);
            first = new int[capacity];
            segments = new int[capacity];
        }

        void add(int datagram, int count) {
            first[size] = datagram;
            segments[size] = count;
            write(size, true);
            size++;
        }

        void write(int message, boolean fromLocal) {
            int datagram = first[message];
            int count = segments[message];
            int last = datagram + count - 1;
            vector.setOutgoing(
                    message,
                    offset(datagram),
                    offset(last) + length(last) - offset(datagram),
                    path(datagram),
                    fromLocal,
                    trafficClass(datagram),
                    count > 1 ? length(datagram) : 0);
        }
    }

    LinuxBatch(
            LinuxEndpoint endpoint,
            @Nullable UdpSocket ipv4,
            @Nullable UdpSocket ipv6,
            Offloads offloads,
            UdpCalls calls) {
        super(endpoint);
        this.endpoint = endpoint;
        this.ipv4 = ipv4;
        this.ipv6 = ipv6;
        this.offloads = offloads;
        this.calls = calls;
    }

    @Override
    protected int transmit() {
        int sent = 0;
        int next = 0;
        while (next < size()) {
            boolean isIpv4 = path(next).isIpv4();
            messages.size = 0;
            while (next < size() && path(next).isIpv4() == isIpv4) {
                next += addRun(next);
            }
            UdpSocket socket = isIpv4 ? ipv4 : ipv6;
            sent += socket == null ? dropFrom(messages, 0, DropReason.NO_ROUTE) : send(socket, messages);
        }
        return sent;
    }

    /** Adds the run at a datagram, as one message or as several, and answers its length. */
    private int addRun(int datagram) {
        int run = offloads.segmenting() ? runLength(datagram, MAX_SEGMENTS, DatagramConfig.MAX_PAYLOAD) : 1;
        if (run >= MIN_SEGMENTS) {
            messages.add(datagram, run);
        } else {
            for (int i = 0; i < run; i++) {
                messages.add(datagram + i, 1);
            }
        }
        return run;
    }

    private int send(UdpSocket socket, Messages list) {
        int sent = 0;
        int next = 0;
        boolean again = false;
        while (next < list.size) {
            int result = calls.send(socket, list.vector, next, list.size - next);
            endpoint.add(DatagramCounter.SEND_CALLS, 1);
            if (result > 0) {
                for (int end = next + result; next < end; next++) {
                    sent += accepted(list, next);
                }
                again = false;
                continue;
            }
            int errno = -result;
            if (errno == 0 || errno == Errno.EAGAIN) {
                return sent + dropFrom(list, next, DropReason.QUEUE_FULL);
            }
            if (errno == Errno.EBADF) {
                return sent + dropFrom(list, next, DropReason.CLOSED);
            }
            if (errno == Errno.ECONNREFUSED && !again) {
                // An ICMP error about an earlier datagram, whoever that went to. Telling it has cleared it.
                again = true;
                endpoint.add(DatagramCounter.ERROR_RETRIES, 1);
                continue;
            }
            sent += refused(socket, list, next, errno);
            again = false;
            next++;
        }
        return sent;
    }

    private int accepted(Messages list, int message) {
        int count = list.segments[message];
        for (int i = 0; i < count; i++) {
            endpoint.stats().sent(length(list.first[message] + i));
        }
        if (count > 1) {
            endpoint.add(DatagramCounter.SEGMENTED_SENDS, 1);
            endpoint.add(DatagramCounter.SEGMENTS, count);
            offloads.worked();
        }
        return count;
    }

    /** Tries what helps against an error of one message; otherwise drops it. Answers how many datagrams were sent. */
    private int refused(UdpSocket socket, Messages list, int message, int errno) {
        int last = errno;
        if (isAboutSource(errno) && path(list.first[message]).hasLocal()) {
            list.write(message, false);
            int result = calls.send(socket, list.vector, message, 1);
            endpoint.add(DatagramCounter.SEND_CALLS, 1);
            if (result == 1) {
                otherFault = true;
                endpoint.add(DatagramCounter.SOURCE_FALLBACKS, list.segments[message]);
                return accepted(list, message);
            }
            last = -result;
        }
        if (list.segments[message] > 1 && isAboutCutting(last)) {
            return sendPieces(socket, list, message, last);
        }
        otherFault = true;
        return drop(list, message, reason(last));
    }

    private int sendPieces(UdpSocket socket, Messages list, int message, int errno) {
        Messages single = pieces;
        if (single == null) {
            single = new Messages(MAX_SEGMENTS);
            pieces = single;
        }
        single.size = 0;
        for (int i = 0; i < list.segments[message]; i++) {
            single.add(list.first[message] + i, 1);
        }
        otherFault = false;
        int sent = send(socket, single);
        endpoint.add(DatagramCounter.SEGMENTATION_FALLBACKS, 1);
        // A path too narrow for the pieces says nothing about cutting.
        if (sent > 0 && !otherFault && errno != Errno.EMSGSIZE) {
            offloads.refused(Errno.name(errno));
        }
        return sent;
    }

    /** EIO: the route's device cannot sum pieces. EINVAL, newer EMSGSIZE: a piece is longer than the path takes. */
    private static boolean isAboutCutting(int errno) {
        return errno == Errno.EIO
                || errno == Errno.EINVAL
                || errno == Errno.EMSGSIZE
                || errno == Errno.EOPNOTSUPP
                || errno == Errno.ENOPROTOOPT;
    }

    /** What kernels of different ages answer when the source is no address of this host. */
    private static boolean isAboutSource(int errno) {
        return errno == Errno.EINVAL
                || errno == Errno.EADDRNOTAVAIL
                || errno == Errno.ENETUNREACH
                || errno == Errno.EHOSTUNREACH;
    }

    private static DropReason reason(int errno) {
        return switch (errno) {
            case Errno.ENOBUFS, Errno.ENOMEM -> DropReason.NO_BUFFER;
            case Errno.EMSGSIZE -> DropReason.TOO_BIG;
            case Errno.EHOSTUNREACH, Errno.ENETUNREACH, Errno.ENETDOWN, Errno.ECONNREFUSED, Errno.EACCES ->
                DropReason.UNREACHABLE;
            case Errno.EPERM -> DropReason.FILTERED;
            default -> DropReason.IO_ERROR;
        };
    }

    private int dropFrom(Messages list, int message, DropReason reason) {
        for (int i = message; i < list.size; i++) {
            drop(list, i, reason);
        }
        return 0;
    }

    private int drop(Messages list, int message, DropReason reason) {
        for (int i = 0; i < list.segments[message]; i++) {
            endpoint.stats().sendDropped(reason);
        }
        return 0;
    }
}

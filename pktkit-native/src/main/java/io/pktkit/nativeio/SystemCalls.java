// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import io.pktkit.nativeio.foreign.Linkage;

/**
 * The system calls that are made for each packet or burst, however they are made. Each gives what the function does, or the
 * negated errno, as Linux numbers it. Pointers and {@code size_t} are {@code long}; whoever calls keeps descriptor and memory.
 * A compiled call allocates nothing. Any thread, and any of them may block. To be used once {@link NativePlatform} has bound
 * JNA.
 */
interface SystemCalls {

    /** {@code ssize_t read(int fd, void *buf, size_t count)}. */
    long read(int fd, long buffer, long count);

    /** {@code ssize_t write(int fd, const void *buf, size_t count)}. */
    long write(int fd, long buffer, long count);

    /** {@code ssize_t writev(int fd, const struct iovec *iov, int iovcnt)}. */
    long writev(int fd, long vector, int count);

    /** {@code int poll(struct pollfd *fds, nfds_t nfds, int timeout)}. */
    int poll(long fds, long count, int timeout);

    /** {@code ssize_t recv(int sockfd, void *buf, size_t len, int flags)}. Linux. */
    long recv(int fd, long buffer, long length, int flags);

    /** {@code ssize_t send(int sockfd, const void *buf, size_t len, int flags)}. Linux. */
    long send(int fd, long buffer, long length, int flags);

    /** {@code int recvmmsg(int sockfd, struct mmsghdr *msgvec, unsigned int vlen, int flags, NULL)}. Linux. */
    int recvmmsg(int fd, long messages, int count, int flags);

    /** {@code int sendmmsg(int sockfd, struct mmsghdr *msgvec, unsigned int vlen, int flags)}. Linux. */
    int sendmmsg(int fd, long messages, int count, int flags);

    /** {@return how they are made, for people} */
    @Override
    String toString();

    /** {@return those of this process, chosen when first asked for} */
    static SystemCalls get() {
        return Chosen.CALLS;
    }

    /** A constant, so that calls are compiled into their callers. */
    final class Chosen {

        static final SystemCalls CALLS = choose();

        private Chosen() {}

        /** On Linux alone: errno is not translated otherwise, and {@code nfds_t} is a {@code long}. */
        static SystemCalls choose() {
            if (!NativePlatform.isDarwin() && Linkage.isUsable()) {
                try {
                    return new ForeignSystemCalls();
                } catch (LinkageError absent) {
                    return new JnaSystemCalls();
                }
            }
            return new JnaSystemCalls();
        }
    }
}

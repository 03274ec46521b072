// SPDX-License-Identifier: MIT
// How many datagrams a second one process takes while another sends as fast as it can, over the loopback interface.
// Usage: udp plain|to|mmsg|gso|gro BYTES SECONDS; prints thousands of datagrams a second.
//   plain  send and recv             mmsg  sendmmsg and recvmmsg, 64 at a time
//   to     sendto and recvfrom, by a socket that is not connected, as one of many peers
//   gso    UDP_SEGMENT and recvmmsg  gro   UDP_SEGMENT, and UDP_GRO with recvmmsg
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#define SOL_UDP_LEVEL 17
#define MESSAGES 64
#define ROOM 65535

static char memory[MESSAGES][ROOM];
static char controls[MESSAGES][64];
static struct mmsghdr messages[MESSAGES];
static struct iovec pieces[MESSAGES];

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int open_socket(void) {
    int fd = socket(AF_INET, SOCK_DGRAM, 0), size = 7 << 20;
    if (fd < 0) die("socket");
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size))
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size))
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    return fd;
}

static void prepare(size_t length, int with_control) {
    for (int i = 0; i < MESSAGES; i++) {
        pieces[i].iov_base = memory[i];
        pieces[i].iov_len = length;
        messages[i].msg_hdr.msg_iov = &pieces[i];
        messages[i].msg_hdr.msg_iovlen = 1;
        messages[i].msg_hdr.msg_control = with_control ? controls[i] : NULL;
        messages[i].msg_hdr.msg_controllen = with_control ? sizeof controls[i] : 0;
    }
}

static void send_all(int fd, const char *mode, int bytes, const struct sockaddr_in *to) {
    int segments = 65507 / bytes < 64 ? 65507 / bytes : 64;
    int gso = strcmp(mode, "gso") == 0 || strcmp(mode, "gro") == 0;
    if (gso && setsockopt(fd, SOL_UDP_LEVEL, UDP_SEGMENT, &bytes, sizeof bytes)) die("UDP_SEGMENT");
    prepare(bytes, 0);
    for (;;) {
        if (gso)
            send(fd, memory, (size_t)segments * bytes, 0);
        else if (strcmp(mode, "mmsg") == 0)
            sendmmsg(fd, messages, MESSAGES, 0);
        else if (strcmp(mode, "to") == 0)
            sendto(fd, memory, bytes, 0, (const struct sockaddr *)to, sizeof *to);
        else
            send(fd, memory, bytes, 0);
    }
}

static long take(int fd, const char *mode, int bytes) {
    if (strcmp(mode, "plain") == 0) return recv(fd, memory, ROOM, 0) >= 0;
    if (strcmp(mode, "to") == 0) {
        struct sockaddr_in from;
        socklen_t length = sizeof from;
        return recvfrom(fd, memory, ROOM, 0, (struct sockaddr *)&from, &length) >= 0;
    }
    int gro = strcmp(mode, "gro") == 0;
    if (gro) prepare(ROOM, 1);
    int count = recvmmsg(fd, messages, MESSAGES, MSG_WAITFORONE, NULL);
    long taken = 0;
    for (int i = 0; i < count; i++) taken += gro ? (messages[i].msg_len + bytes - 1) / bytes : 1;
    return taken;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: udp plain|to|mmsg|gso|gro BYTES SECONDS\n");
        return 2;
    }
    const char *mode = argv[1];
    int bytes = atoi(argv[2]), on = 1;
    double seconds = atof(argv[3]);
    int receiver = open_socket(), sender = open_socket();
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    if (bind(receiver, (struct sockaddr *)&address, length)) die("bind");
    if (getsockname(receiver, (struct sockaddr *)&address, &length)) die("getsockname");
    if (strcmp(mode, "to") && connect(sender, (struct sockaddr *)&address, length)) die("connect");
    if (strcmp(mode, "gro") == 0 && setsockopt(receiver, SOL_UDP_LEVEL, UDP_GRO, &on, sizeof on)) die("UDP_GRO");

    pid_t child = fork();
    if (child < 0) die("fork");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(receiver);
        send_all(sender, mode, bytes, &address);
    }
    prepare(ROOM, 0);
    double begin = now();
    while (now() - begin < 0.5) take(receiver, mode, bytes);
    long taken = 0;
    begin = now();
    while (now() - begin < seconds) taken += take(receiver, mode, bytes);
    double spent = now() - begin;
    kill(child, SIGKILL);
    printf("%.0f\n", taken / spent / 1e3);
    return 0;
}

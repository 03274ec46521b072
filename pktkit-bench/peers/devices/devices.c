// SPDX-License-Identifier: MIT
// Ethernet frames through an interface by AF_XDP in copy mode, packet sockets or a TAP, as plain system calls do it.
// Usage: devices xdp|packet|tap rx|tx|forward|source|ring INTERFACE [INTERFACE]
//   rx       receives from the first        forward  receives from the first and sends by the second
//   tx       sends by the first, as fast as it can
//   source   the same for packet, past the queueing discipline
//   ring     receives for packet from a memory-mapped ring (TPACKET_V3) instead of by recvmmsg
// Prints "ready", and for each line of its input how many frames that were since it began.
// Rings, batches and copies are those of pktkit: 2048 entries, 64 frames, a frame to be sent is copied once.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef XDP_MAX_TX_SKB_BUDGET
#define XDP_MAX_TX_SKB_BUDGET 9
#endif
#ifndef SOL_XDP
#define SOL_XDP 283
#endif

#define RING 2048
#define CHUNK 4096
#define BATCH 64
#define PACKET_BATCH 32
#define LONGEST 65600
#define VNET_HEADER 10
#define FRAME 60

static volatile uint64_t frames;
static uint8_t frame[FRAME] = {
    0x02, 0, 0, 0, 0, 0x02, 0x02, 0, 0, 0, 0, 0x01, 0x08, 0x00,     // Ethernet
    0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 10, 99, 0, 1, 10, 99, 0, 2, // IPv4
    0x10, 0, 0x10, 0, 0, 26, 0, 0,                                  // UDP without a checksum
};

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int need(int result, const char *what) {
    if (result < 0) die(what);
    return result;
}

static void fill_in_checksum(void) {
    uint32_t sum = 0;
    for (int i = 14; i < 34; i += 2) sum += frame[i] << 8 | frame[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~((sum & 0xffff) + (sum >> 16)) & 0xffff;
    frame[24] = sum >> 8;
    frame[25] = sum;
}

// AF_XDP

struct ring {
    uint32_t *producer, *consumer, *flags;
    void *entries;
};

struct xsk {
    int fd, program;
    uint8_t *chunks;
    struct ring fill, completion, rx, tx;
    uint64_t unused[RING];
    int count;
};

static uint32_t seen(uint32_t *cursor) { return __atomic_load_n(cursor, __ATOMIC_ACQUIRE); }
static void publish(uint32_t *cursor, uint32_t value) { __atomic_store_n(cursor, value, __ATOMIC_RELEASE); }

static int bpf(int command, union bpf_attr *attributes) {
    return syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static struct ring map_ring(int fd, int option, int size, const struct xdp_ring_offset *at, uint64_t place) {
    int entries = RING;
    need(setsockopt(fd, SOL_XDP, option, &entries, sizeof(entries)), "ring");
    uint8_t *memory = mmap(NULL, at->desc + RING * size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, place);
    if (memory == MAP_FAILED) die("map ring");
    return (struct ring){(void *)(memory + at->producer), (void *)(memory + at->consumer), (void *)(memory + at->flags),
                         memory + at->desc};
}

// Everything that comes goes to the socket of its queue.
static int lead(int index, int socket) {
    union bpf_attr map = {.map_type = BPF_MAP_TYPE_XSKMAP, .key_size = 4, .value_size = 4, .max_entries = 1};
    int sockets = need(bpf(BPF_MAP_CREATE, &map), "make XSKMAP");
    uint32_t queue = 0;
    union bpf_attr entry = {.map_fd = sockets, .key = (uintptr_t)&queue, .value = (uintptr_t)&socket};
    need(bpf(BPF_MAP_UPDATE_ELEM, &entry), "put socket");
    struct bpf_insn code[] = {
        {.code = BPF_LDX | BPF_W | BPF_MEM, .dst_reg = 2, .src_reg = 1, .off = 16}, // r2 = rx_queue_index
        {.code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = sockets},
        {0},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = XDP_PASS},
        {.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map},
        {.code = BPF_JMP | BPF_EXIT},
    };
    union bpf_attr program = {.prog_type = BPF_PROG_TYPE_XDP, .insns = (uintptr_t)code,
                              .insn_cnt = sizeof(code) / sizeof(*code), .license = (uintptr_t)"MIT"};
    union bpf_attr link = {.link_create = {.prog_fd = need(bpf(BPF_PROG_LOAD, &program), "load program"),
                                           .target_ifindex = index, .attach_type = BPF_XDP, .flags = XDP_FLAGS_DRV_MODE}};
    return need(bpf(BPF_LINK_CREATE, &link), "attach program");
}

static struct xsk *open_xdp(const char *name, int receive) {
    struct xsk *x = calloc(1, sizeof(*x));
    int index = if_nametoindex(name);
    if (!index) die(name);
    x->fd = need(socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0), "AF_XDP");
    x->chunks = mmap(NULL, 2L * RING * CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (x->chunks == MAP_FAILED) die("map chunks");
    struct xdp_umem_reg reg = {.addr = (uintptr_t)x->chunks, .len = 2L * RING * CHUNK, .chunk_size = CHUNK};
    need(setsockopt(x->fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof(reg)), "XDP_UMEM_REG");
    struct xdp_mmap_offsets at;
    socklen_t length = sizeof(at);
    need(getsockopt(x->fd, SOL_XDP, XDP_MMAP_OFFSETS, &at, &length), "XDP_MMAP_OFFSETS");
    x->fill = map_ring(x->fd, XDP_UMEM_FILL_RING, 8, &at.fr, XDP_UMEM_PGOFF_FILL_RING);
    x->completion = map_ring(x->fd, XDP_UMEM_COMPLETION_RING, 8, &at.cr, XDP_UMEM_PGOFF_COMPLETION_RING);
    x->rx = map_ring(x->fd, XDP_RX_RING, 16, &at.rx, XDP_PGOFF_RX_RING);
    x->tx = map_ring(x->fd, XDP_TX_RING, 16, &at.tx, XDP_PGOFF_TX_RING);
    int budget = RING, room = RING * CHUNK;
    setsockopt(x->fd, SOL_XDP, XDP_MAX_TX_SKB_BUDGET, &budget, sizeof(budget));
    setsockopt(x->fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
    for (int i = 0; i < RING; i++) {
        ((uint64_t *)x->fill.entries)[i] = (uint64_t)i * CHUNK;
        x->unused[i] = (uint64_t)(RING + i) * CHUNK;
    }
    x->count = RING;
    publish(x->fill.producer, RING);
    struct sockaddr_xdp address = {.sxdp_family = AF_XDP, .sxdp_flags = XDP_COPY | XDP_USE_NEED_WAKEUP,
                                   .sxdp_ifindex = index};
    need(bind(x->fd, (void *)&address, sizeof(address)), "bind");
    x->program = receive ? lead(index, x->fd) : -1;
    return x;
}

static void reap(struct xsk *x) {
    uint32_t from = *x->completion.consumer, to = seen(x->completion.producer);
    for (; from != to; from++) x->unused[x->count++] = ((uint64_t *)x->completion.entries)[from & (RING - 1)];
    publish(x->completion.consumer, from);
}

static void kick(struct xsk *x) {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (*x->tx.flags & XDP_RING_NEED_WAKEUP) sendto(x->fd, NULL, 0, MSG_DONTWAIT, NULL, 0);
    reap(x);
}

// How many of the batch found room.
static int send_xdp(struct xsk *x, uint8_t *const *data, const uint32_t *lengths, int count) {
    if (x->count < count) kick(x);
    if (count > x->count) count = x->count;
    uint32_t at = *x->tx.producer;
    for (int i = 0; i < count; i++) {
        uint64_t chunk = x->unused[--x->count];
        memcpy(x->chunks + chunk, data[i], lengths[i]);
        ((struct xdp_desc *)x->tx.entries)[at++ & (RING - 1)] = (struct xdp_desc){chunk, lengths[i], 0};
    }
    publish(x->tx.producer, at);
    kick(x);
    return count;
}

static void receive_xdp(struct xsk *x, struct xsk *out) {
    uint8_t *data[BATCH];
    uint32_t lengths[BATCH];
    for (;;) {
        uint32_t from = *x->rx.consumer, count = seen(x->rx.producer) - from;
        if (count == 0) {
            poll(&(struct pollfd){x->fd, POLLIN, 0}, 1, -1);
            continue;
        }
        if (count > BATCH) count = BATCH;
        for (uint32_t i = 0; i < count; i++) {
            struct xdp_desc d = ((struct xdp_desc *)x->rx.entries)[(from + i) & (RING - 1)];
            data[i] = x->chunks + d.addr;
            lengths[i] = d.len;
        }
        frames += out ? (uint32_t)send_xdp(out, data, lengths, count) : count;
        uint32_t to = *x->fill.producer;
        for (uint32_t i = 0; i < count; i++) {
            ((uint64_t *)x->fill.entries)[to++ & (RING - 1)] = (data[i] - x->chunks) & -(uint64_t)CHUNK;
        }
        publish(x->rx.consumer, from + count);
        publish(x->fill.producer, to);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        if (*x->fill.flags & XDP_RING_NEED_WAKEUP) recvfrom(x->fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
    }
}

static void run_xdp(const char *load, const char *one, const char *two) {
    if (!strcmp(load, "tx")) {
        struct xsk *x = open_xdp(one, 0);
        uint8_t *data[BATCH];
        uint32_t lengths[BATCH];
        for (int i = 0; i < BATCH; i++) data[i] = frame, lengths[i] = FRAME;
        puts("ready"), fflush(stdout);
        for (;;) frames += send_xdp(x, data, lengths, BATCH);
    }
    struct xsk *x = open_xdp(one, 1), *out = two ? open_xdp(two, 0) : NULL;
    puts("ready"), fflush(stdout);
    receive_xdp(x, out);
}

// Packet sockets, with offload headers as a device needs them that takes what comes.

struct batch {
    uint8_t *memory;
    struct mmsghdr messages[BATCH];
    struct iovec pieces[BATCH];
    char controls[BATCH][64];
};

static struct batch *new_batch(int room) {
    struct batch *b = calloc(1, sizeof(*b));
    b->memory = calloc(BATCH, room);
    for (int i = 0; i < BATCH; i++) {
        b->pieces[i] = (struct iovec){b->memory + (size_t)i * room, room};
        b->messages[i].msg_hdr = (struct msghdr){.msg_iov = &b->pieces[i], .msg_iovlen = 1};
    }
    return b;
}

static int open_packet(const char *name, int receive) {
    int fd = need(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), "AF_PACKET"), on = 1, room = 4 << 20;
    need(setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)), "PACKET_VNET_HDR");
    need(setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)), "PACKET_AUXDATA");
    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = receive ? htons(ETH_P_ALL) : 0,
                                  .sll_ifindex = if_nametoindex(name)};
    need(bind(fd, (void *)&address, sizeof(address)), "bind");
    return fd;
}

// A block is handed over when it is full, or after the shortest time that there is, a millisecond.
static void receive_by_ring(const char *name) {
    int version = TPACKET_V3, blocks = 16, size = 1 << 18;
    struct tpacket_req3 request = {.tp_block_size = size, .tp_block_nr = blocks, .tp_frame_size = 2048,
                                   .tp_frame_nr = size / 2048 * blocks, .tp_retire_blk_tov = 1};
    int fd = need(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), "AF_PACKET"), on = 1;
    need(setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)), "PACKET_VERSION");
    need(setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)), "PACKET_VNET_HDR");
    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
    need(setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request)), "PACKET_RX_RING");
    uint8_t *ring = mmap(NULL, (size_t)size * blocks, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (ring == MAP_FAILED) die("map ring");
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
                                  .sll_ifindex = if_nametoindex(name)};
    need(bind(fd, (void *)&address, sizeof(address)), "bind");
    puts("ready"), fflush(stdout);
    for (int at = 0;; at = (at + 1) % blocks) {
        struct tpacket_hdr_v1 *block = &((struct tpacket_block_desc *)(ring + (size_t)at * size))->hdr.bh1;
        while (!(__atomic_load_n(&block->block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) {
            poll(&(struct pollfd){fd, POLLIN, 0}, 1, -1);
        }
        frames += block->num_pkts;
        __atomic_store_n(&block->block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    }
}

static void run_packet(const char *load, const char *one, const char *two) {
    if (!strcmp(load, "ring")) receive_by_ring(one);
    struct batch *b = new_batch(LONGEST);
    int bypass = !strcmp(load, "source");
    if (bypass || !strcmp(load, "tx")) {
        int fd = open_packet(one, 0);
        need(setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &bypass, sizeof(bypass)), "PACKET_QDISC_BYPASS");
        for (int i = 0; i < BATCH; i++) {
            memcpy(b->memory + (size_t)i * LONGEST + VNET_HEADER, frame, FRAME);
            b->pieces[i].iov_len = VNET_HEADER + FRAME;
        }
        puts("ready"), fflush(stdout);
        for (;;) {
            int sent = sendmmsg(fd, b->messages, BATCH, MSG_DONTWAIT);
            if (sent > 0) frames += sent;
        }
    }
    int fd = open_packet(one, 1), out = two ? open_packet(two, 0) : -1;
    puts("ready"), fflush(stdout);
    for (;;) {
        for (int i = 0; i < PACKET_BATCH; i++) {
            b->pieces[i].iov_len = LONGEST;
            b->messages[i].msg_hdr.msg_control = b->controls[i];
            b->messages[i].msg_hdr.msg_controllen = sizeof(b->controls[i]);
        }
        int count = recvmmsg(fd, b->messages, PACKET_BATCH, MSG_DONTWAIT, NULL);
        if (count <= 0) {
            poll(&(struct pollfd){fd, POLLIN, 0}, 1, -1);
            continue;
        }
        if (out >= 0) {
            for (int i = 0; i < count; i++) {
                b->pieces[i].iov_len = b->messages[i].msg_len;
                b->messages[i].msg_hdr.msg_control = NULL;
                b->messages[i].msg_hdr.msg_controllen = 0;
            }
            count = sendmmsg(out, b->messages, count, MSG_DONTWAIT);
        }
        if (count > 0) frames += count;
    }
}

// A TAP: one frame by one call, with offload headers too.

static int open_tap(const char *name) {
    int fd = need(open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK), "/dev/net/tun");
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    need(ioctl(fd, TUNSETIFF, &request), "TUNSETIFF");
    int control = need(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    need(ioctl(control, SIOCGIFFLAGS, &request), "SIOCGIFFLAGS");
    request.ifr_flags |= IFF_UP;
    need(ioctl(control, SIOCSIFFLAGS, &request), "SIOCSIFFLAGS");
    close(control);
    return fd;
}

static void run_tap(const char *load, const char *one, const char *two) {
    static uint8_t data[LONGEST];
    int fd = open_tap(one), out = two ? open_tap(two) : -1;
    puts("ready"), fflush(stdout);
    if (!strcmp(load, "tx")) {
        memcpy(data + VNET_HEADER, frame, FRAME);
        for (;;) frames += write(fd, data, VNET_HEADER + FRAME) == VNET_HEADER + FRAME;
    }
    for (;;) {
        ssize_t length = read(fd, data, sizeof(data));
        if (length <= 0) {
            poll(&(struct pollfd){fd, POLLIN, 0}, 1, -1);
        } else {
            frames += out < 0 || write(out, data, length) == length;
        }
    }
}

static char **arguments;

static void *run(void *unused) {
    (void)unused;
    const char *kind = arguments[1], *load = arguments[2];
    const char *two = !strcmp(load, "forward") ? arguments[4] : NULL;
    if (!strcmp(kind, "xdp")) run_xdp(load, arguments[3], two);
    else if (!strcmp(kind, "packet")) run_packet(load, arguments[3], two);
    else run_tap(load, arguments[3], two);
    return NULL;
}

int main(int count, char **words) {
    if (count < 4 || (!strcmp(words[2], "forward") && count < 5)) {
        fprintf(stderr, "usage: devices xdp|packet|tap rx|tx|forward|source|ring INTERFACE [INTERFACE]\n");
        return 2;
    }
    arguments = words;
    fill_in_checksum();
    pthread_t thread;
    pthread_create(&thread, NULL, run, NULL);
    char line[16];
    while (fgets(line, sizeof(line), stdin)) printf("%llu 0\n", (unsigned long long)frames), fflush(stdout);
    return 0;
}

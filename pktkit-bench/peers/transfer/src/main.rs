// SPDX-License-Identifier: MIT

//! Moves bytes over one connection between two TCP engines of the Rust port, in this process, on one thread and in real time. It
//! is what `TcpTransfer` does with ours, except that the engine makes segments and no IP packets.
//!
//! The engine leaves checksums to its caller: this driver makes and verifies them with the port's own function. Arguments: rounds,
//! mebibytes of a round, MTU.

use pktkit::vtcp::{Conn, ConnConfig, Segment, flags};
use pktkit::{Protocol, transport_checksum};
use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

const CHUNK: usize = 256 << 10;
const BUFFER: usize = 1 << 20;
const MEBIBYTE: usize = 1 << 20;
/// Of IPv4 and TCP, without options: the engine takes those off its MSS itself.
const HEADERS: usize = 40;
const TIMESTAMPS: usize = 12;
const CHECKSUM: std::ops::Range<usize> = 16..18;

static ALLOCATED: AtomicU64 = AtomicU64::new(0);

/// The system's allocator, counting.
struct Counting;

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.store(ALLOCATED.load(Relaxed) + layout.size() as u64, Relaxed); // one thread
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATED.store(ALLOCATED.load(Relaxed) + size as u64, Relaxed);
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// An engine and the segments that are under way to it.
struct End {
    conn: Conn,
    address: IpAddr,
    peer: IpAddr,
    inbox: VecDeque<Vec<u8>>,
    came: usize,
}

impl End {
    fn new(address: Ipv4Addr, port: u16, peer: Ipv4Addr, peer_port: u16, mss: u16) -> End {
        let config = ConnConfig::default()
            .local_addr(SocketAddr::new(address.into(), port))
            .remote_addr(SocketAddr::new(peer.into(), peer_port))
            .local_port(port)
            .remote_port(peer_port)
            .mss(mss)
            .pacing(false)
            .autotune(false)
            .send_buf_size(BUFFER)
            .recv_buf_size(BUFFER);
        End { conn: Conn::new(config), address: address.into(), peer: peer.into(), inbox: VecDeque::new(), came: 0 }
    }

    /// Puts segments of the peer, which this end is to get, under way.
    fn send(&mut self, segments: Vec<Vec<u8>>) {
        for mut segment in segments {
            let sum = transport_checksum(Protocol::TCP, self.peer, self.address, &segment);
            segment[CHECKSUM].copy_from_slice(&sum.to_be_bytes());
            self.came += 1;
            self.inbox.push_back(segment);
        }
    }

    /// Takes one segment that is under way; what it is answered with, or nothing if none was.
    fn take(&mut self) -> Option<Vec<Vec<u8>>> {
        let raw = self.inbox.pop_front()?;
        // Over a segment with its checksum in place the sum is 0, or what stands for it.
        let sum = transport_checksum(Protocol::TCP, self.peer, self.address, &raw);
        assert!(sum == 0 || sum == 0xFFFF, "checksum is wrong: length={}", raw.len());
        let segment = Segment::parse(&raw).unwrap();
        Some(if segment.has_flag(flags::SYN) && !segment.has_flag(flags::ACK) {
            self.conn.accept_syn(&segment)
        } else {
            self.conn.handle_segment(&segment)
        })
    }
}

struct Transfer {
    client: End,
    server: End,
    payload: usize,
    written: Vec<u8>,
    read: Vec<u8>,
}

impl Transfer {
    fn new(mtu: usize) -> Transfer {
        let (left, right) = (Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2));
        let mss = (mtu - HEADERS) as u16;
        let payload = mtu - HEADERS - TIMESTAMPS;
        let mut transfer = Transfer {
            client: End::new(left, 40000, right, 80, mss),
            server: End::new(right, 80, left, 40000, mss),
            payload,
            // Whole segments only, as with the other engines.
            written: vec![0; CHUNK / payload * payload],
            read: vec![0; CHUNK],
        };
        let syn = transfer.client.conn.connect();
        transfer.server.send(syn);
        transfer.deliver();
        assert!(transfer.client.conn.is_established());
        transfer
    }

    /// Hands over segments, and reads what arrived, until nothing is under way.
    fn deliver(&mut self) -> usize {
        let mut read = 0;
        loop {
            let mut moved = false;
            while let Some(answers) = self.server.take() {
                self.client.send(answers);
                moved = true;
            }
            loop {
                let count = self.server.conn.read(&mut self.read);
                if count == 0 {
                    break;
                }
                read += count;
            }
            let updates = self.server.conn.take_outgoing();
            self.client.send(updates);
            while let Some(answers) = self.client.take() {
                self.server.send(answers);
                moved = true;
            }
            if !moved {
                return read;
            }
        }
    }

    /// Writes and reads a number of bytes.
    fn move_bytes(&mut self, bytes: usize) {
        let mut left = bytes;
        let mut unread = 0;
        while left > 0 || unread > 0 {
            let wanted = left.min(self.written.len());
            let (taken, segments) = self.client.conn.write(&self.written[..wanted]);
            self.server.send(segments);
            left -= taken;
            unread += taken;
            let read = self.deliver();
            unread -= read;
            if taken == 0 && read == 0 {
                self.wait();
            }
        }
    }

    /// Nothing goes on without the engines' timers: a delayed acknowledgment, say.
    fn wait(&mut self) {
        for end in [true, false] {
            let (one, other) =
                if end { (&mut self.client, &mut self.server) } else { (&mut self.server, &mut self.client) };
            if one.conn.next_deadline().is_some_and(|due| due <= Instant::now()) {
                let segments = one.conn.tick();
                other.send(segments);
            }
        }
    }

    fn measure(&mut self, bytes: usize, mtu: usize) {
        let sent = self.server.came;
        let allocated = ALLOCATED.load(Relaxed);
        let processor = processor_time();
        let start = Instant::now();
        self.move_bytes(bytes);
        let nanos = start.elapsed().as_nanos() as f64;
        let processor = processor_time() - processor;
        let allocated = ALLOCATED.load(Relaxed) - allocated;
        let sent = self.server.came - sent;
        let needed = bytes.div_ceil(self.payload);
        println!(
            "rust mtu {mtu}: {:.1} Gbit/s, {:.0} ns, {:.0} ns of processor time and {:.1} B allocated for each of {sent} \
             segments, {} repeated",
            bytes as f64 * 8.0 / nanos,
            nanos / sent as f64,
            processor as f64 / sent as f64,
            allocated as f64 / sent as f64,
            sent.saturating_sub(needed)
        );
    }
}

/// That of this thread, the only one, in nanoseconds.
fn processor_time() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    stat.split(' ').next().unwrap().parse().unwrap()
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|word| word.parse::<usize>().unwrap());
    let rounds = arguments.next().unwrap_or(5);
    let bytes = arguments.next().unwrap_or(2048) * MEBIBYTE;
    let mtu = arguments.next().unwrap_or(1500);
    let mut transfer = Transfer::new(mtu);
    transfer.move_bytes(bytes / 2);
    for _ in 0..rounds {
        transfer.measure(bytes, mtu);
    }
}

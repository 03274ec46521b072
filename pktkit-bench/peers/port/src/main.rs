// SPDX-License-Identifier: MIT

//! Drives the WireGuard `Handler` of the Rust port, which has neither a tunnel interface nor a configuration socket.
//!
//! ```text
//! port -f NAME            a peer: called as wireguard-go is, and configured by wg
//! port oracle             a handler that is told one thing a line, and answers in one
//! port handshakes SECONDS how many handshakes two handlers make on one thread, and what one takes
//! ```

mod oracle;
mod peer;
mod uapi;

use pktkit::wg::{Config, Handler, NoisePublicKey};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["-f", name] => peer::run(name),
        ["oracle"] => oracle::run(),
        ["handshakes", seconds] => handshakes(seconds.parse().expect("seconds")),
        _ => {
            eprintln!("usage: port -f NAME | port oracle | port handshakes SECONDS");
            std::process::exit(2);
        }
    }
}

/// Reads bytes that are written in hexadecimal.
fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || text.len() % 2 != 0 {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a key of 32 bytes.
fn key(text: &str) -> Option<[u8; 32]> {
    unhex(text)?.try_into().ok()
}

/// A responder refuses initiations of one peer within 20 ms of each other, so that each handshake is of another pair, as
/// the benchmark of the Go original does it. Making the pairs is not measured.
fn handshakes(seconds: u64) {
    const PAIRS: usize = 64;
    let somewhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
    let limit = Duration::from_secs(seconds);
    let mut spent = Duration::ZERO;
    let mut made = 0u32;
    while spent < limit {
        let pairs: Vec<_> = (0..PAIRS).map(|_| pair()).collect();
        let begin = Instant::now();
        for (here, there) in &pairs {
            let peer: NoisePublicKey = there.public_key();
            let initiation = here.initiate_handshake(&peer).expect("initiation");
            let response = there.process_packet(&initiation, &somewhere).expect("response");
            let confirmation = here.process_packet(&response.response, &somewhere).expect("session");
            there.process_packet(&confirmation.response, &somewhere).expect("confirmation");
        }
        spent += begin.elapsed();
        made += PAIRS as u32;
    }
    println!("{made} handshakes, {:.0} us each", spent.as_secs_f64() * 1e6 / f64::from(made));
}

fn pair() -> (Arc<Handler>, Arc<Handler>) {
    let new = || Handler::new(Config::default().load_threshold(usize::MAX)).expect("handler");
    let (here, there) = (new(), new());
    here.add_peer(there.public_key());
    there.add_peer(here.public_key());
    (here, there)
}

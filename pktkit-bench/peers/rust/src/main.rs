// SPDX-License-Identifier: MIT

//! Gives the packets that it reads to the Rust port's NAT, and writes what that sends: an oracle for differential tests.
//!
//! Arguments: `nat` or `nat64`, the inside prefix and the outside prefix; of `nat` also `defrag`, to put fragments together, and `calls`,
//! for SIP and H.323. A line is `i` or `o`, for from inside and from outside, a
//! blank, and the packet in hexadecimal; the answer is a line of the same form for each packet that is sent, then a line with a dot.
//! Of `nat` also `f PROTOCOL PORT HOST PORT`, which makes a forward and is answered with the reason if that is refused, and `x PROTOCOL
//! PORT`, which ends one.

use pktkit::nat::{FtpHelper, H323Helper, IrcHelper, Nat, Nat64, PortForward, PptpHelper, SipHelper, TftpHelper};
use pktkit::{IpPrefix, L3Device, Packet};
use std::io::{BufRead, Write};
use std::sync::{Arc, Mutex};

type Sent = Arc<Mutex<Vec<(char, Vec<u8>)>>>;

fn listen(device: &Arc<dyn L3Device>, side: char, sent: &Sent) {
    let sent = sent.clone();
    device.set_handler(Arc::new(move |packet: &Packet| {
        sent.lock().unwrap().push((side, packet.as_bytes().to_vec()));
        Ok(())
    }));
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
}

/// Makes or ends a forward; tells why not.
fn forward(nat: &Nat, line: &str) -> Option<String> {
    let words: Vec<&str> = line.split(' ').collect();
    let protocol = words[1].parse().unwrap();
    let port = words[2].parse().unwrap();
    if words[0] == "x" {
        nat.remove_port_forward(protocol, port);
        return None;
    }
    let made = PortForward::new(protocol, port, words[3].parse().unwrap(), words[4].parse().unwrap());
    nat.add_port_forward(made).err().map(|refusal| refusal.to_string())
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let inside: IpPrefix = arguments[2].parse().unwrap();
    let outside: IpPrefix = arguments[3].parse().unwrap();
    let mut nat = None;
    let mut nat64 = None;
    let (from_inside, from_outside) = if arguments[1] == "nat" {
        let made = Nat::new(inside, outside);
        made.add_packet_helper(Arc::new(FtpHelper::new()));
        made.add_packet_helper(Arc::new(TftpHelper::new()));
        made.add_packet_helper(Arc::new(IrcHelper::new(&[6667])));
        made.add_packet_helper(Arc::new(PptpHelper::new()));
        if arguments[4..].iter().any(|each| each == "defrag") {
            made.enable_defrag();
        }
        if arguments[4..].iter().any(|each| each == "calls") {
            made.add_packet_helper(Arc::new(SipHelper::new()));
            made.add_packet_helper(Arc::new(H323Helper::new()));
        }
        let sides = (made.inside(), made.outside());
        nat = Some(made);
        sides
    } else {
        let made = Nat64::new(inside, outside);
        let sides = (made.inside(), made.outside());
        nat64 = Some(made);
        sides
    };
    let sent: Sent = Arc::default();
    listen(&from_inside, 'i', &sent);
    listen(&from_outside, 'o', &sent);
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        if let (Some(nat), true) = (&nat, line.starts_with(['f', 'x'])) {
            if let Some(refusal) = forward(nat, &line) {
                writeln!(out, "{refusal}").unwrap();
            }
            writeln!(out, ".").unwrap();
            out.flush().unwrap();
            continue;
        }
        let mut packet = bytes(&line[2..]);
        let device = if line.starts_with('i') { &from_inside } else { &from_outside };
        let _ = device.send(Packet::from_mut(&mut packet));
        for (side, packet) in sent.lock().unwrap().drain(..) {
            write!(out, "{side} ").unwrap();
            for octet in packet {
                write!(out, "{octet:02x}").unwrap();
            }
            writeln!(out).unwrap();
        }
        writeln!(out, ".").unwrap();
        out.flush().unwrap();
    }
    drop((nat, nat64));
}

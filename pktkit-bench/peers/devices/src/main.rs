// SPDX-License-Identifier: MIT
//! Ethernet frames through an interface by the Rust port's devices; words, input and output are those of `devices.c`.

use pktkit::{Frame, L2Device};
use std::io::{BufRead, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

static FRAMES: AtomicU64 = AtomicU64::new(0);

const BATCH: usize = 64;

fn frame() -> Vec<u8> {
    let mut frame = vec![0u8; 60];
    frame[..14].copy_from_slice(&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0]);
    frame[14..34].copy_from_slice(&[0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 10, 99, 0, 1, 10, 99, 0, 2]);
    frame[34..42].copy_from_slice(&[0x10, 0, 0x10, 0, 0, 26, 0, 0]);
    let sum: u32 = frame[14..34].chunks(2).map(|b| u32::from(b[0]) << 8 | u32::from(b[1])).sum();
    let sum = !((sum & 0xffff) + (sum >> 16)) as u16;
    frame[24..26].copy_from_slice(&sum.to_be_bytes());
    frame
}

fn xdp(name: &str) -> Result<pktkit::afxdp::Device> {
    let mut config = pktkit::afxdp::Config::new(name);
    config.mode = pktkit::xdp::Mode::DRIVER;
    let device = pktkit::afxdp::Device::open(config)?;
    device.capture_add("10.99.0.0/24".parse().expect("prefix"))?;
    Ok(device)
}

fn open(kind: &str, name: &str) -> Result<Arc<dyn L2Device>> {
    Ok(match kind {
        "xdp" => Arc::new(xdp(name)?),
        "packet" => {
            let config = pktkit::afpacket::Config::new(name).inbound_only(true).recv_buffer(4 << 20);
            pktkit::afpacket::Socket::open(config)?
        }
        _ => Arc::new(pktkit::tuntap::Tap::open(pktkit::tuntap::TuntapConfig::new(name))?),
    })
}

fn ready() {
    println!("ready");
}

fn transmit(kind: &str, name: &str) -> Result<()> {
    let bytes = frame();
    let frame = Frame::from_slice(&bytes);
    if kind == "xdp" {
        let device = xdp(name)?;
        ready();
        let batch = [frame; BATCH];
        loop {
            FRAMES.fetch_add(device.send_batch(&batch).unwrap_or(0) as u64, Ordering::Relaxed);
        }
    }
    let device = open(kind, name)?;
    ready();
    loop {
        if device.send(frame).is_ok() {
            FRAMES.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().collect();
    let (kind, load, name) = (words[1].clone(), words[2].clone(), words[3].clone());
    let mut open_devices = Vec::new();
    if load == "tx" {
        std::thread::spawn(move || transmit(&kind, &name));
    } else {
        let one = open(&kind, &name)?;
        if load == "forward" {
            let two = open(&kind, &words[4])?;
            two.set_handler(Arc::new(|_| Ok(())));
            open_devices.push(two.clone());
            one.set_handler(Arc::new(move |frame| {
                FRAMES.fetch_add(1, Ordering::Relaxed);
                two.send(frame)
            }));
        } else {
            one.set_handler(Arc::new(|_| {
                FRAMES.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }));
        }
        open_devices.push(one);
        ready();
    }
    for line in std::io::stdin().lock().lines() {
        line?;
        println!("{} 0", FRAMES.load(Ordering::Relaxed));
    }
    Ok(())
}

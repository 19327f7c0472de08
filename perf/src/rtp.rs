//! The generator of voice: many telephones that send a packet each 20 ms and look at every packet they get.

use crate::{
    datagrams::{BATCH, Datagrams, Leaving, now_ns, telephone, wait},
    stats::Sample,
};
use anyhow::Result;
use std::{
    net::{Ipv4Addr, SocketAddrV4},
    os::fd::AsRawFd,
    sync::Arc,
    time::{Duration, Instant},
};

/// Marks a payload that carries the time it was sent: `TwPf`, then nanoseconds since the epoch.
const MARK: &[u8; 4] = b"TwPf";
const HEADER: usize = 12;
/// Packets stamped together: few, so that the stamp is close to the moment of sending.
const STAMPED: usize = 16;

/// What a telephone says over and over: payloads of 20 ms.
#[derive(Debug)]
pub struct Sound {
    pub payload_type: u8,
    /// RTP time stamp units of 20 ms.
    pub step: u32,
    pub frames: Vec<Vec<u8>>,
    /// Overwrite the payload's first twelve bytes with the time; only where it arrives untouched.
    pub stamped: bool,
}

impl Sound {
    /// µ-law silence of this many bytes, stamped. 160 is 20 ms.
    pub fn silence(bytes: usize) -> Arc<Self> {
        Arc::new(Self { payload_type: 0, step: 160, frames: vec![vec![0xFF; bytes]], stamped: true })
    }
}

/// One telephone.
#[derive(Debug)]
struct Telephone {
    sound: Option<Arc<Sound>>,
    to: Option<SocketAddrV4>,
    sequence: u16,
    timestamp: u32,
    frame: usize,
    heard_sequence: Option<u16>,
    heard_ns: u64,
    first_ns: u64,
}

/// What was counted since the last [`Generator::forget`].
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub sent: u64,
    pub received: u64,
    pub lost: u64,
    /// From the stamp to the kernel's receive time stamp, one way.
    pub latency_ms: Sample,
    /// |gap between two packets of one stream − 20 ms|.
    pub pacing_ms: Sample,
}

pub struct Generator {
    datagrams: Datagrams,
    block: u8,
    telephones: Vec<Telephone>,
    began: Instant,
    tick: u64,
    tally: Tally,
    scratch: Vec<Vec<u8>>,
}

impl Generator {
    /// `count` telephones at addresses of `block`; they are silent until told otherwise.
    pub fn new(block: u8, count: usize) -> Result<Self> {
        let telephone = |_| Telephone {
            sound: None,
            to: None,
            sequence: 0,
            timestamp: 0,
            frame: 0,
            heard_sequence: None,
            heard_ns: 0,
            first_ns: 0,
        };
        Ok(Self {
            datagrams: Datagrams::bind(0)?,
            block,
            telephones: (0..count).map(telephone).collect(),
            began: Instant::now(),
            tick: 0,
            tally: Tally::default(),
            scratch: vec![Vec::new(); BATCH],
        })
    }

    pub fn port(&self) -> u16 {
        self.datagrams.port()
    }

    pub fn socket(&self) -> i32 {
        self.datagrams.as_raw_fd()
    }

    /// Telephone `index` speaks to `to` from now on.
    pub fn speak(&mut self, index: usize, to: SocketAddrV4, sound: &Arc<Sound>) {
        if let Some(telephone) = self.telephones.get_mut(index) {
            telephone.to = Some(to);
            telephone.sound = Some(sound.clone());
            telephone.frame = index * 37;
        }
    }

    /// When the kernel took in the first packet for telephone `index`, ns since the epoch.
    pub fn first_packet(&self, index: usize) -> Option<u64> {
        self.telephones.get(index).map(|telephone| telephone.first_ns).filter(|at| *at > 0)
    }

    /// Telephone `index` as if nothing had ever come to it.
    pub fn renew(&mut self, index: usize) {
        if let Some(telephone) = self.telephones.get_mut(index) {
            telephone.first_ns = 0;
            telephone.heard_ns = 0;
            telephone.heard_sequence = None;
        }
    }

    pub fn forget(&mut self) {
        self.tally = Tally::default();
        for telephone in &mut self.telephones {
            telephone.heard_ns = 0;
        }
    }

    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Speaks and listens for so long.
    pub fn run(&mut self, time: Duration) -> Result<()> {
        let until = Instant::now() + time;
        while Instant::now() < until {
            let rest = self.due().saturating_duration_since(Instant::now());
            if !rest.is_zero() {
                wait(&[], rest);
            }
            self.turn()?;
        }
        Ok(())
    }

    /// The next millisecond at which [`Self::turn`] has something to send.
    pub fn due(&self) -> Instant {
        self.began + Duration::from_millis(self.tick)
    }

    /// Sends what is due and takes what came.
    pub fn turn(&mut self) -> Result<()> {
        let now = (self.began.elapsed().as_micros() / 1_000) as u64;
        // After a long stall the packets of the stall are not sent in one burst.
        self.tick = self.tick.max(now.saturating_sub(100));
        while self.tick <= now {
            self.speak_all((self.tick % 20) as usize);
            self.tick += 1;
        }
        self.listen()
    }

    fn speak_all(&mut self, phase: usize) {
        let mut batch: Vec<usize> = Vec::with_capacity(STAMPED);
        for index in (phase..self.telephones.len()).step_by(20) {
            if self.telephones[index].sound.is_some() {
                batch.push(index);
            }
            if batch.len() == STAMPED {
                self.send(&batch);
                batch.clear();
            }
        }
        self.send(&batch);
    }

    fn send(&mut self, batch: &[usize]) {
        if batch.is_empty() {
            return;
        }
        let at = now_ns();
        for (packet, index) in self.scratch.iter_mut().zip(batch) {
            self.telephones[*index].write(*index, at, packet);
        }
        let (telephones, block) = (&self.telephones, self.block);
        let leaving: Vec<Leaving<'_>> = self
            .scratch
            .iter()
            .zip(batch)
            .filter_map(|(bytes, index)| {
                Some(Leaving { from: telephone_address(block, *index), to: telephones[*index].to?, bytes })
            })
            .collect();
        self.tally.sent += self.datagrams.send(&leaving) as u64;
    }

    fn listen(&mut self) -> Result<()> {
        let (telephones, tally, block) = (&mut self.telephones, &mut self.tally, self.block);
        loop {
            let taken = self.datagrams.receive(|arrived| {
                if arrived.bytes.len() < HEADER
                    || arrived.bytes[0] >> 6 != 2
                    || (64..96).contains(&(arrived.bytes[1] & 0x7F))
                {
                    return;
                }
                let Some(index) = telephone_index(block, arrived.to) else { return };
                let Some(telephone) = telephones.get_mut(index) else { return };
                telephone.hear(arrived.bytes, arrived.at_ns, tally);
            })?;
            if taken < BATCH {
                return Ok(());
            }
        }
    }
}

impl Telephone {
    /// Writes the next packet.
    fn write(&mut self, index: usize, at_ns: u64, packet: &mut Vec<u8>) {
        packet.clear();
        let Some(sound) = &self.sound else { return };
        let frame = &sound.frames[self.frame % sound.frames.len()];
        packet.extend_from_slice(&[0x80, sound.payload_type | if self.sequence == 0 { 0x80 } else { 0 }]);
        packet.extend_from_slice(&self.sequence.to_be_bytes());
        packet.extend_from_slice(&self.timestamp.to_be_bytes());
        packet.extend_from_slice(&(0x5100_0000 + index as u32).to_be_bytes());
        packet.extend_from_slice(frame);
        if sound.stamped {
            packet[HEADER..HEADER + 4].copy_from_slice(MARK);
            packet[HEADER + 4..HEADER + 12].copy_from_slice(&at_ns.to_be_bytes());
        }
        self.frame += 1;
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(sound.step);
    }

    fn hear(&mut self, bytes: &[u8], at_ns: u64, tally: &mut Tally) {
        tally.received += 1;
        if self.first_ns == 0 {
            self.first_ns = at_ns;
        }
        let sequence = u16::from_be_bytes([bytes[2], bytes[3]]);
        if let Some(before) = self.heard_sequence {
            let step = sequence.wrapping_sub(before);
            if (2..1_000).contains(&step) {
                tally.lost += u64::from(step) - 1;
            }
        }
        self.heard_sequence = Some(sequence);
        if self.heard_ns > 0 {
            tally.pacing_ms.push((at_ns.saturating_sub(self.heard_ns) as f64 / 1e6 - 20.0).abs());
        }
        self.heard_ns = at_ns;
        let stamp = bytes.get(HEADER..HEADER + 12).filter(|stamp| stamp.starts_with(MARK));
        if let Some(Ok(sent)) = stamp.map(|stamp| stamp[4..].try_into().map(u64::from_be_bytes)) {
            tally.latency_ms.push(at_ns.saturating_sub(sent) as f64 / 1e6);
        }
    }
}

fn telephone_address(block: u8, index: usize) -> Ipv4Addr {
    telephone(block, index)
}

/// Which telephone has this address.
pub fn telephone_index(block: u8, address: Ipv4Addr) -> Option<usize> {
    let [_, second, third, fourth] = address.octets();
    let above = usize::from(second.wrapping_sub(block)) * 40_000 + usize::from(third) * 200;
    Some(above + usize::from(fourth.checked_sub(1)?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_address_leads_back_to_its_telephone() {
        for index in [0, 1, 199, 200, 39_999, 40_000, 40_201] {
            assert_eq!(telephone_index(16, telephone(16, index)), Some(index));
        }
    }

    #[test]
    fn gaps_in_the_sequence_are_lost_packets_and_stamps_give_the_latency() {
        let mut tally = Tally::default();
        let sound = Sound::silence(160);
        let telephone = || Telephone {
            sound: Some(sound.clone()),
            to: None,
            sequence: 65_534,
            timestamp: 0,
            frame: 0,
            heard_sequence: None,
            heard_ns: 0,
            first_ns: 0,
        };
        let (mut speaker, mut listener) = (telephone(), telephone());
        for number in 1..=5u64 {
            let mut packet = Vec::new();
            speaker.write(3, number * 20_000_000, &mut packet);
            if number != 3 {
                listener.hear(&packet, number * 20_000_000 + 500_000, &mut tally);
            }
        }
        assert_eq!((tally.received, tally.lost), (4, 1));
        assert_eq!(tally.latency_ms.spread().unwrap().max, 0.5);
        assert_eq!(tally.pacing_ms.spread().unwrap().max, 20.0);
    }
}

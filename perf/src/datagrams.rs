//! One UDP socket that plays a thousand telephones: each datagram leaves from the loopback address its telephone has
//! (`IP_PKTINFO`), each one that comes tells which telephone it was for and when the kernel took it in. Batches both
//! ways, so that the generator takes little of the machine that it shares with what it measures.
//!
//! The only file with `unsafe`. Every pointer given to the kernel points into a buffer of the same struct, which is not
//! moved or resized while the (synchronous) call runs.

use anyhow::{Context, Result};
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io,
    net::{Ipv4Addr, SocketAddrV4, UdpSocket},
    os::fd::{AsRawFd, RawFd},
};

/// Datagrams a system call.
pub const BATCH: usize = 64;
/// Longest datagram taken, in bytes.
const LONGEST: usize = 4_096;
/// Room for a time stamp and the packet info, aligned for `cmsghdr`.
const CONTROL_WORDS: usize = 16;

/// A datagram that came.
#[derive(Clone, Copy, Debug)]
pub struct Arrived<'a> {
    pub from: SocketAddrV4,
    /// Our address that it was sent to.
    pub to: Ipv4Addr,
    /// When the kernel took it in, nanoseconds since the epoch.
    pub at_ns: u64,
    pub bytes: &'a [u8],
}

/// A datagram to send.
#[derive(Clone, Copy, Debug)]
pub struct Leaving<'a> {
    /// Our address that it leaves from.
    pub from: Ipv4Addr,
    pub to: SocketAddrV4,
    pub bytes: &'a [u8],
}

pub struct Datagrams {
    socket: UdpSocket,
    port: u16,
    bytes: Box<[u8]>,
    names: Box<[libc::sockaddr_in]>,
    controls: Box<[[u64; CONTROL_WORDS]]>,
    slices: Box<[libc::iovec]>,
    headers: Box<[libc::mmsghdr]>,
}

// SAFETY: the raw pointers inside point only into the boxes beside them and are refreshed before each call.
unsafe impl Send for Datagrams {}

impl Datagrams {
    /// Bound to a free port (or this one) of all loopback addresses.
    pub fn bind(port: u16) -> Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        let _ = socket.set_recv_buffer_size(8 << 20);
        let _ = socket.set_send_buffer_size(8 << 20);
        socket.set_nonblocking(true)?;
        for (level, option) in [(libc::SOL_SOCKET, libc::SO_TIMESTAMPNS), (libc::IPPROTO_IP, libc::IP_PKTINFO)] {
            let on: libc::c_int = 1;
            let size = size_of::<libc::c_int>() as libc::socklen_t;
            // SAFETY: `on` lives through the call and its size is given.
            let set =
                unsafe { libc::setsockopt(socket.as_raw_fd(), level, option, std::ptr::from_ref(&on).cast(), size) };
            if set != 0 {
                return Err(io::Error::last_os_error()).context("time stamps of datagrams");
            }
        }
        socket.bind(&SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port).into()).context("the generator's UDP socket")?;
        let socket: UdpSocket = socket.into();
        let port = socket.local_addr()?.port();
        // SAFETY: all-zero is a valid value of these plain C structs.
        let (name, header) = unsafe { (std::mem::zeroed::<libc::sockaddr_in>(), std::mem::zeroed::<libc::mmsghdr>()) };
        let slice = libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 0 };
        Ok(Self {
            socket,
            port,
            bytes: vec![0; BATCH * LONGEST].into(),
            names: vec![name; BATCH].into(),
            controls: vec![[0; CONTROL_WORDS]; BATCH].into(),
            slices: vec![slice; BATCH].into(),
            headers: vec![header; BATCH].into(),
        })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Takes what is there, at most [`BATCH`]; returns how many.
    pub fn receive(&mut self, mut each: impl FnMut(Arrived<'_>)) -> Result<usize> {
        for index in 0..BATCH {
            let start = index * LONGEST;
            let chunk = &mut self.bytes[start..start + LONGEST];
            self.slices[index] = libc::iovec { iov_base: chunk.as_mut_ptr().cast(), iov_len: LONGEST };
            self.point(index, size_of::<[u64; CONTROL_WORDS]>());
        }
        let (fd, headers) = (self.socket.as_raw_fd(), self.headers.as_mut_ptr());
        // SAFETY: headers point to names, slices and controls of self, BATCH of each, for the length of the call.
        let taken = unsafe { libc::recvmmsg(fd, headers, BATCH as u32, libc::MSG_DONTWAIT, std::ptr::null_mut()) };
        let Ok(taken) = usize::try_from(taken) else {
            let error = io::Error::last_os_error();
            return match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted | io::ErrorKind::ConnectionRefused => Ok(0),
                _ => Err(error.into()),
            };
        };
        for index in 0..taken {
            let length = (self.headers[index].msg_len as usize).min(LONGEST);
            let (to, at_ns) = self.control(index);
            let from = &self.names[index];
            let from =
                SocketAddrV4::new(Ipv4Addr::from(u32::from_be(from.sin_addr.s_addr)), u16::from_be(from.sin_port));
            let start = index * LONGEST;
            each(Arrived { from, to, at_ns, bytes: &self.bytes[start..start + length] });
        }
        Ok(taken)
    }

    /// Sends at most [`BATCH`] datagrams; what the kernel refuses is lost, as on a network. Returns how many went.
    pub fn send(&mut self, leaving: &[Leaving<'_>]) -> usize {
        let count = leaving.len().min(BATCH);
        for (index, datagram) in leaving.iter().take(count).enumerate() {
            let name = &mut self.names[index];
            name.sin_family = libc::AF_INET as libc::sa_family_t;
            name.sin_port = datagram.to.port().to_be();
            name.sin_addr.s_addr = u32::from(*datagram.to.ip()).to_be();
            // The kernel only reads through this pointer: sendmmsg takes iovec for both directions.
            let base = datagram.bytes.as_ptr().cast_mut().cast();
            self.slices[index] = libc::iovec { iov_base: base, iov_len: datagram.bytes.len() };
            let used = self.write_source(index, datagram.from);
            self.point(index, used);
        }
        let mut done = 0;
        let mut went = 0;
        while done < count {
            // SAFETY: headers[done..count] point into self and into `leaving`, both alive through the call.
            let sent = unsafe {
                libc::sendmmsg(self.socket.as_raw_fd(), self.headers.as_mut_ptr().add(done), (count - done) as u32, 0)
            };
            match usize::try_from(sent) {
                Ok(sent) if sent > 0 => {
                    done += sent;
                    went += sent;
                }
                _ => done += 1,
            }
        }
        went
    }

    /// Lets header `index` point at its name, slice and control.
    fn point(&mut self, index: usize, control: usize) {
        let header = &mut self.headers[index].msg_hdr;
        header.msg_name = std::ptr::from_mut(&mut self.names[index]).cast();
        header.msg_namelen = size_of::<libc::sockaddr_in>() as libc::socklen_t;
        header.msg_iov = std::ptr::from_mut(&mut self.slices[index]);
        header.msg_iovlen = 1;
        header.msg_control = self.controls[index].as_mut_ptr().cast();
        header.msg_controllen = control;
    }

    /// Writes the address that datagram `index` leaves from; returns the length of the control message.
    fn write_source(&mut self, index: usize, from: Ipv4Addr) -> usize {
        let control = self.controls[index].as_mut_ptr().cast::<libc::cmsghdr>();
        // SAFETY: CMSG_LEN and CMSG_SPACE only compute; the control buffer is 128 bytes, aligned to 8, and holds one
        // in_pktinfo (28 bytes with its header).
        unsafe {
            let length = size_of::<libc::in_pktinfo>() as u32;
            (*control).cmsg_level = libc::IPPROTO_IP;
            (*control).cmsg_type = libc::IP_PKTINFO;
            (*control).cmsg_len = libc::CMSG_LEN(length) as usize;
            let mut info: libc::in_pktinfo = std::mem::zeroed();
            info.ipi_spec_dst.s_addr = u32::from(from).to_be();
            libc::CMSG_DATA(control).cast::<libc::in_pktinfo>().write_unaligned(info);
            libc::CMSG_SPACE(length) as usize
        }
    }

    /// Where datagram `index` was sent to, and when it came.
    fn control(&self, index: usize) -> (Ipv4Addr, u64) {
        let header = &self.headers[index].msg_hdr;
        let (mut to, mut at_ns) = (Ipv4Addr::UNSPECIFIED, 0);
        // SAFETY: the kernel filled the control buffer, whose length it wrote into msg_controllen; CMSG_* walk it.
        unsafe {
            let mut message = libc::CMSG_FIRSTHDR(header);
            while let Some(found) = message.as_ref() {
                let data = libc::CMSG_DATA(message);
                if (found.cmsg_level, found.cmsg_type) == (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) {
                    let time = data.cast::<libc::timespec>().read_unaligned();
                    at_ns = time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64;
                } else if (found.cmsg_level, found.cmsg_type) == (libc::IPPROTO_IP, libc::IP_PKTINFO) {
                    let info = data.cast::<libc::in_pktinfo>().read_unaligned();
                    to = Ipv4Addr::from(u32::from_be(info.ipi_addr.s_addr));
                }
                message = libc::CMSG_NXTHDR(header, message);
            }
        }
        (to, at_ns)
    }
}

impl AsRawFd for Datagrams {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

/// Waits until one of the sockets is readable, at most so long. Microseconds count: ppoll's own resolution.
pub fn wait(sockets: &[RawFd], at_most: std::time::Duration) {
    let mut waiting: Vec<libc::pollfd> =
        sockets.iter().map(|fd| libc::pollfd { fd: *fd, events: libc::POLLIN, revents: 0 }).collect();
    let limit = libc::timespec {
        tv_sec: at_most.as_secs() as libc::time_t,
        tv_nsec: libc::c_long::from(at_most.subsec_nanos()),
    };
    // SAFETY: `waiting` and `limit` live through the call; an error means that we look again, as after a signal.
    unsafe { libc::ppoll(waiting.as_mut_ptr(), waiting.len() as libc::nfds_t, &limit, std::ptr::null()) };
}

/// Nanoseconds since the epoch, the clock of the kernel's time stamps.
pub fn now_ns() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    now.as_nanos() as u64
}

/// The address of telephone `index` in the block that begins at 127.`block`.0.0; up to 10,000 of them.
pub fn telephone(block: u8, index: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, block.wrapping_add((index / 40_000) as u8), (index / 200 % 200) as u8, (1 + index % 200) as u8)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn datagrams_carry_the_telephones_they_left_from_and_came_to() {
        let mut here = Datagrams::bind(0).unwrap();
        let mut there = Datagrams::bind(0).unwrap();
        let to = SocketAddrV4::new(telephone(16, 201), there.port());
        let before = now_ns();
        assert_eq!(here.send(&[Leaving { from: telephone(32, 7), to, bytes: b"hello" }; 3]), 3);
        wait(&[there.as_raw_fd()], std::time::Duration::from_secs(5));
        let mut seen = 0;
        let mut each = |arrived: Arrived<'_>| {
            assert_eq!((arrived.from, arrived.to), (SocketAddrV4::new(telephone(32, 7), here.port()), *to.ip()));
            assert_eq!(arrived.bytes, b"hello");
            assert!(arrived.at_ns + 1_000_000_000 > before, "the kernel's clock is ours");
            seen += 1;
        };
        there.receive(&mut each).unwrap();
        assert_eq!(seen, 3);
    }

    #[test]
    fn telephones_have_addresses_of_their_own() {
        let all: std::collections::HashSet<_> = (0..10_000).map(|index| telephone(16, index)).collect();
        assert_eq!(all.len(), 10_000);
        assert!(all.iter().all(Ipv4Addr::is_loopback));
    }
}

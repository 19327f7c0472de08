//! Many datagrams for one system call: `recvmmsg` and `sendmmsg` over buffers that live as long as the socket's thread.
//!
//! This file is the server's only `unsafe` code. The safe wrappers at hand rebuild their header arrays for each call;
//! these keep them, which is what batching is for. Every pointer handed to the kernel points into a buffer owned by
//! the same struct, which is not moved or resized while the call runs (the call is synchronous).

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    os::fd::AsRawFd,
};

/// Datagrams taken or given in one call.
pub const BATCH: usize = 64;
/// Longest datagram taken, in bytes; RTP, SRTP, STUN and DTLS stay below the Ethernet MTU.
pub const DATAGRAM: usize = 2048;

/// Receive side: 64 buffers of 2 KiB.
pub struct Receiver {
    bytes: Box<[u8]>,
    names: Box<[libc::sockaddr_storage]>,
    /// Pointed to by `headers`, never read from here.
    _slices: Box<[libc::iovec]>,
    headers: Box<[libc::mmsghdr]>,
}

// SAFETY: the raw pointers inside point only into the boxes beside them; the struct is used by one thread at a time.
unsafe impl Send for Receiver {}

impl Default for Receiver {
    fn default() -> Self {
        Self::new()
    }
}

impl Receiver {
    pub fn new() -> Self {
        let mut bytes = vec![0u8; BATCH * DATAGRAM].into_boxed_slice();
        // SAFETY: all-zero is a valid value of these plain C structs.
        let mut names: Box<[libc::sockaddr_storage]> = (0..BATCH).map(|_| unsafe { std::mem::zeroed() }).collect();
        let mut slices: Box<[libc::iovec]> = bytes
            .chunks_exact_mut(DATAGRAM)
            .map(|chunk| libc::iovec { iov_base: chunk.as_mut_ptr().cast(), iov_len: DATAGRAM })
            .collect();
        let headers = names
            .iter_mut()
            .zip(slices.iter_mut())
            .map(|(name, slice)| {
                // SAFETY: all-zero is a valid mmsghdr.
                let mut header: libc::mmsghdr = unsafe { std::mem::zeroed() };
                header.msg_hdr.msg_name = std::ptr::from_mut(name).cast();
                header.msg_hdr.msg_iov = std::ptr::from_mut(slice);
                header.msg_hdr.msg_iovlen = 1;
                header
            })
            .collect();
        Self { bytes, names, _slices: slices, headers }
    }

    /// Takes what is there, at most [`BATCH`] datagrams, and hands each to `each`. Returns how many there were; 0 when
    /// the (non-blocking) socket had none.
    pub fn receive(&mut self, socket: &impl AsRawFd, mut each: impl FnMut(SocketAddr, &mut [u8])) -> io::Result<usize> {
        for header in &mut self.headers {
            header.msg_hdr.msg_namelen = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
        }
        // SAFETY: headers, names, slices and bytes are owned by self, valid for BATCH entries and not touched by
        // anyone else during the call; the kernel writes at most iov_len bytes into each slice.
        let taken = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                self.headers.as_mut_ptr(),
                BATCH as libc::c_uint,
                libc::MSG_DONTWAIT,
                std::ptr::null_mut(),
            )
        };
        let Ok(taken) = usize::try_from(taken) else {
            let error = io::Error::last_os_error();
            return match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(0),
                // An ICMP error of an earlier send surfaces here; the socket itself is fine.
                io::ErrorKind::ConnectionRefused => Ok(0),
                _ => Err(error),
            };
        };
        for index in 0..taken {
            let length = (self.headers[index].msg_len as usize).min(DATAGRAM);
            if let Some(from) = to_socket_addr(&self.names[index]) {
                let start = index * DATAGRAM;
                each(from, &mut self.bytes[start..start + length]);
            }
        }
        Ok(taken)
    }
}

/// Send side: headers for 64 datagrams; the bytes stay where the caller has them.
pub struct Sender {
    names: Box<[libc::sockaddr_storage]>,
    slices: Box<[libc::iovec]>,
    headers: Box<[libc::mmsghdr]>,
}

// SAFETY: as for Receiver; between calls the slices' pointers are never read.
unsafe impl Send for Sender {}

impl Default for Sender {
    fn default() -> Self {
        Self::new()
    }
}

impl Sender {
    pub fn new() -> Self {
        // SAFETY: all-zero is a valid value of these plain C structs.
        let mut names: Box<[libc::sockaddr_storage]> = (0..BATCH).map(|_| unsafe { std::mem::zeroed() }).collect();
        let mut slices: Box<[libc::iovec]> =
            (0..BATCH).map(|_| libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 0 }).collect();
        let headers = names
            .iter_mut()
            .zip(slices.iter_mut())
            .map(|(name, slice)| {
                // SAFETY: all-zero is a valid mmsghdr.
                let mut header: libc::mmsghdr = unsafe { std::mem::zeroed() };
                header.msg_hdr.msg_name = std::ptr::from_mut(name).cast();
                header.msg_hdr.msg_iov = std::ptr::from_mut(slice);
                header.msg_hdr.msg_iovlen = 1;
                header
            })
            .collect();
        Self { names, slices, headers }
    }

    /// Sends all of `datagrams` in calls of at most [`BATCH`]. A datagram that the kernel refuses is dropped, as the
    /// network may drop any; returns how many were refused.
    pub fn send<'a>(
        &mut self,
        socket: &impl AsRawFd,
        datagrams: impl Iterator<Item = (SocketAddr, &'a [u8])>,
    ) -> usize {
        let mut refused = 0;
        let mut filled = 0;
        for (to, bytes) in datagrams {
            self.headers[filled].msg_hdr.msg_namelen = from_socket_addr(to, &mut self.names[filled]);
            // The kernel only reads through this pointer: sendmmsg takes iovec for both directions.
            self.slices[filled] = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
            filled += 1;
            if filled == BATCH {
                refused += self.flush(socket, filled);
                filled = 0;
            }
        }
        refused + self.flush(socket, filled)
    }

    fn flush(&mut self, socket: &impl AsRawFd, count: usize) -> usize {
        let mut done = 0;
        let mut refused = 0;
        while done < count {
            // SAFETY: headers[done..count] were filled by `send` with pointers into borrowed datagrams that outlive
            // this call (their lifetime is held by `send`'s iterator items) and into self.names.
            let sent = unsafe {
                libc::sendmmsg(
                    socket.as_raw_fd(),
                    self.headers.as_mut_ptr().add(done),
                    (count - done) as libc::c_uint,
                    libc::MSG_DONTWAIT,
                )
            };
            match usize::try_from(sent) {
                Ok(sent) if sent > 0 => done += sent,
                // The first datagram of the rest was refused (no route, buffer full): drop it, go on behind it.
                _ => {
                    done += 1;
                    refused += 1;
                }
            }
        }
        refused
    }
}

fn to_socket_addr(name: &libc::sockaddr_storage) -> Option<SocketAddr> {
    match i32::from(name.ss_family) {
        libc::AF_INET => {
            // SAFETY: the family says that the kernel wrote a sockaddr_in, which is smaller than the storage.
            let v4 = unsafe { &*std::ptr::from_ref(name).cast::<libc::sockaddr_in>() };
            let ip = Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr));
            Some(SocketAddr::new(IpAddr::V4(ip), u16::from_be(v4.sin_port)))
        }
        libc::AF_INET6 => {
            // SAFETY: as above with sockaddr_in6.
            let v6 = unsafe { &*std::ptr::from_ref(name).cast::<libc::sockaddr_in6>() };
            let ip = Ipv6Addr::from(v6.sin6_addr.s6_addr);
            let ip = ip.to_ipv4_mapped().map_or(IpAddr::V6(ip), IpAddr::V4);
            Some(SocketAddr::new(ip, u16::from_be(v6.sin6_port)))
        }
        _ => None,
    }
}

fn from_socket_addr(to: SocketAddr, name: &mut libc::sockaddr_storage) -> libc::socklen_t {
    match to {
        SocketAddr::V4(to) => {
            // SAFETY: sockaddr_storage is large and aligned enough for every sockaddr type.
            let v4 = unsafe { &mut *std::ptr::from_mut(name).cast::<libc::sockaddr_in>() };
            v4.sin_family = libc::AF_INET as libc::sa_family_t;
            v4.sin_port = to.port().to_be();
            v4.sin_addr.s_addr = u32::from(*to.ip()).to_be();
            size_of::<libc::sockaddr_in>() as libc::socklen_t
        }
        SocketAddr::V6(to) => {
            // SAFETY: as above.
            let v6 = unsafe { &mut *std::ptr::from_mut(name).cast::<libc::sockaddr_in6>() };
            v6.sin6_family = libc::AF_INET6 as libc::sa_family_t;
            v6.sin6_port = to.port().to_be();
            v6.sin6_flowinfo = to.flowinfo();
            v6.sin6_addr.s6_addr = to.ip().octets();
            v6.sin6_scope_id = to.scope_id();
            size_of::<libc::sockaddr_in6>() as libc::socklen_t
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    #[test]
    fn a_hundred_datagrams_cross_the_loopback_with_their_addresses() {
        for loopback in ["127.0.0.1:0", "[::1]:0"] {
            let here = UdpSocket::bind(loopback).expect("bind");
            let there = UdpSocket::bind(loopback).expect("bind");
            let payloads: Vec<Vec<u8>> = (0..100u8).map(|n| vec![n; usize::from(n) + 1]).collect();
            let to = there.local_addr().expect("address");
            let refused = Sender::new().send(&here, payloads.iter().map(|bytes| (to, bytes.as_slice())));
            assert_eq!(refused, 0);
            let mut got = Vec::new();
            let mut receiver = Receiver::new();
            while receiver
                .receive(&there, |from, bytes| {
                    assert_eq!(Some(from), here.local_addr().ok());
                    got.push(bytes.to_vec());
                })
                .expect("receive")
                > 0
            {}
            assert_eq!(got, payloads);
        }
    }
}

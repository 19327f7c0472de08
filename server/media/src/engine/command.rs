//! The end of a leg.

use std::time::Instant;

use super::{Engine, LegKey, MediaEvent};
use crate::leg::{Leg, Link, Phase};
use crate::rtcp;

impl Engine {
    /// Ends a leg: it leaves its room, says goodbye (RTCP BYE, or close_notify), and is forgotten. Unknown legs are ignored.
    pub fn close(&mut self, now: Instant, leg: LegKey) {
        let Ok(index) = self.index(leg) else { return };
        if let Some(room) = self.legs.get(index).and_then(|leg| leg.room) {
            self.leave_room(now, room, index);
        }
        self.unregister_addresses(index);
        self.by_key.remove(&leg);
        let Some(mut leg) = self.legs.remove(index) else { return };
        self.forget_tap(&leg);
        if leg.phase != Phase::Connecting {
            self.say_goodbye(now, &mut leg);
        }
        match leg.link {
            Link::Rtp(link) if link.own_socket => {
                self.by_own_socket.remove(&link.socket);
                self.tell(MediaEvent::SocketFree { socket: link.socket });
            }
            Link::Rtp(_) => {}
            Link::Webrtc(mut link) => {
                link.session.close();
                let (batch, socket) = (&mut self.batch, link.socket);
                link.session.drain(|to, bytes| {
                    batch.push(socket, to, |arena| arena.extend_from_slice(bytes));
                });
                self.by_ufrag.remove(&link.ufrag);
                for address in &link.addresses {
                    if self.by_peer.get(address) == Some(&index) {
                        self.by_peer.remove(address);
                    }
                }
            }
        }
    }

    /// A last report and a BYE (RFC 3550 §6.6), so that the far end need not guess.
    fn say_goodbye(&mut self, now: Instant, leg: &mut Leg) {
        let info = leg.stats.sender_info(self.ntp.at(now));
        let mut compound = [0; 128];
        let written = rtcp::write_report(&mut compound, leg.out.ssrc, info.as_ref(), &[], "twinline");
        let Ok(report) = written else { return };
        let Ok(goodbye) = rtcp::write_goodbye(&mut compound[report..], leg.out.ssrc) else { return };
        leg.send_rtcp(now, &mut self.batch, &compound[..report + goodbye]);
    }
}

//! What a session agrees on at SIP level, bodies sealed: session timers (RFC 4028) and the waits of glare
//! (RFC 3261 §14.1).

use crate::random::Random;
use crate::wire::{Name, SessionExpires, Writer};
use std::time::Duration;

/// RFC 4028 §5: no interval below this.
pub const SMALLEST_INTERVAL: u32 = 90;

/// An agreed session timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimer {
    /// Seconds.
    pub interval: u32,
    pub we_refresh: bool,
}

impl SessionTimer {
    /// RFC 4028 §10: the refresher acts at half the interval; the other hangs up a little before it runs out.
    pub fn acts_after(&self) -> Duration {
        let seconds =
            if self.we_refresh { self.interval / 2 } else { self.interval.saturating_sub((self.interval / 3).min(32)) };
        Duration::from_secs(u64::from(seconds))
    }
}

/// What we want: longest interval (`None`: none of our own accord) and the shortest we take, seconds.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    pub interval: Option<u32>,
    pub min: u32,
}

/// As UAS of INVITE or UPDATE (RFC 4028 §9). `Err`: 422 with this Min-SE.
pub fn agree_as_uas(
    asked: Option<SessionExpires>,
    peer_min: u32,
    peer_supports: bool,
    wish: Wish,
) -> Result<Option<SessionTimer>, u32> {
    let Some(asked) = asked else {
        // RFC 4028 §9: the UAS may start one; a UAC that does not know of timers can't refresh.
        let timer = wish.interval.map(|interval| SessionTimer { interval: interval.max(peer_min), we_refresh: true });
        return Ok(timer.filter(|_| peer_supports));
    };
    if asked.interval < wish.min && peer_supports {
        return Err(wish.min);
    }
    let interval = wish.interval.map_or(asked.interval, |ours| asked.interval.min(ours.max(peer_min)));
    let we_refresh = match asked.uac_refreshes {
        Some(uac) => !uac,
        None => !peer_supports,
    };
    Ok(Some(SessionTimer { interval: interval.max(SMALLEST_INTERVAL), we_refresh }))
}

/// As UAC, from the 2xx (RFC 4028 §7.2).
pub fn agree_as_uac(granted: Option<SessionExpires>) -> Option<SessionTimer> {
    granted.map(|granted| SessionTimer {
        interval: granted.interval.max(SMALLEST_INTERVAL),
        we_refresh: granted.uac_refreshes != Some(false),
    })
}

/// Session-Expires of a 2xx of ours, with the Require the refresher rules ask for.
pub fn write_granted(out: &mut Writer, timer: Option<SessionTimer>) {
    let Some(timer) = timer else { return };
    write_interval(out, timer.interval, Some(!timer.we_refresh));
    if !timer.we_refresh {
        out.header(Name::Require, b"timer");
    }
}

/// Session-Expires; `uac`: who refreshes, seen from this transaction.
pub fn write_interval(out: &mut Writer, interval: u32, uac: Option<bool>) {
    out.begin(Name::SessionExpires);
    out.number(u64::from(interval));
    match uac {
        Some(true) => out.put(b";refresher=uac"),
        Some(false) => out.put(b";refresher=uas"),
        None => {}
    }
    out.end();
}

/// RFC 3261 §14.1: "If the UAC is the owner of the Call-ID of the dialog ID, T has a randomly chosen value between 2.1
/// and 4 seconds in units of 10 ms. If the UAC is not the owner …, T has a randomly chosen value between 0 and 2
/// seconds in units of 10 ms."
pub fn glare_wait(owns_call_id: bool, random: &mut Random) -> Duration {
    let hundredths = if owns_call_id { 210 + random.below(191) } else { random.below(201) };
    Duration::from_millis(hundredths * 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WISH: Wish = Wish { interval: Some(1_800), min: 90 };

    #[test]
    fn interop_08_the_uas_honours_the_refresher_that_was_asked_for() {
        let ask = |interval, uac_refreshes| Some(SessionExpires { interval, uac_refreshes });
        let got = |asked, supports| agree_as_uas(asked, 90, supports, WISH);
        assert_eq!(got(ask(600, Some(true)), true), Ok(Some(SessionTimer { interval: 600, we_refresh: false })));
        assert_eq!(got(ask(600, Some(false)), true), Ok(Some(SessionTimer { interval: 600, we_refresh: true })));
        assert_eq!(got(ask(3_600, None), false), Ok(Some(SessionTimer { interval: 1_800, we_refresh: true })));
        assert_eq!(got(ask(30, None), true), Err(90));
        assert_eq!(got(ask(30, None), false), Ok(Some(SessionTimer { interval: 90, we_refresh: true })));
        assert_eq!(got(None, true), Ok(Some(SessionTimer { interval: 1_800, we_refresh: true })));
        assert_eq!(got(None, false), Ok(None));
    }

    #[test]
    fn interop_08_refresh_at_half_time_expiry_a_third_or_32_s_before_the_end() {
        let at = |interval, we_refresh| SessionTimer { interval, we_refresh }.acts_after().as_secs();
        assert_eq!((at(1_800, true), at(1_800, false), at(90, false)), (900, 1_768, 60));
    }

    #[test]
    fn interop_04_glare_waits_keep_to_their_bands() {
        let mut random = Random::new([1; 32]);
        for _ in 0..1_000 {
            let owner = glare_wait(true, &mut random).as_millis();
            let other = glare_wait(false, &mut random).as_millis();
            assert!((2_100..=4_000).contains(&owner) && other <= 2_000 && owner.is_multiple_of(10));
        }
    }
}

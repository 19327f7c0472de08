//! The call as a machine: no clock, socket or sound. Words of the server, buttons of the endpoint and timers go in;
//! messages, and orders to the ringer, the microphone and the media leg come out.
//!
//! ```text
//!            Ring                Accept                 Live                 Hold on
//!   Idle ──────────► Ringing ──────────────► Connecting ─────────► Live ──────────────► Held
//!    ▲                 │  StopRing accepted ──►   ▲  │              │ ▲    Hold off       │
//!    │ 3 s             │ Reject, expiry,    Connect  │ HangUp,      │ └──────────────────┤
//!    │                 ▼ StopRing other          │   │ Ended,       ▼                    │
//!   Ended ◄────────────┴─────────────────────────┴───┴ media lost ◄─┴────────────────────┘
//! ```
//!
//! The machine works alone: with the CCP dead it rings, answers, mutes and hangs up. With the link dead a live call
//! goes on (its audio has a path of its own), and what was pressed meanwhile is told as soon as the link is back.

use std::time::{Duration, Instant};
use twinline_api::ws::media_agent::{FromMediaAgent, ToMediaAgent};
use twinline_model::{ContactId, LegId};

/// From the beep that announces an automatically accepted call to the open microphone: context before speech.
pub const AUTO_ACCEPT_DELAY: Duration = Duration::from_secs(1);
/// How long the end of a call and its reason stay in view.
pub const ENDED_SHOWN: Duration = Duration::from_secs(3);
/// An accepted call whose audio has not come up by now has failed (the server gives up after 5 s).
pub const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// Whose call, on which leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub contact: ContactId,
    pub leg: LegId,
    pub caller: String,
    pub caller_name: String,
    pub queue: String,
    pub auto_accept: bool,
    pub muted: bool,
    pub media_up: bool,
}

/// What a call is in. States carry their data; `Ended` remembers a hang-up that the server has not been told yet.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    Idle,
    Ringing { call: Call, expires_ms: i64, ends: Instant },
    Connecting { call: Call, accept: Option<String>, limit: Instant },
    Live { call: Call, open: Microphone },
    Held { call: Call },
    Ended { call: Call, why: String, until: Instant, untold: Option<FromMediaAgent> },
}

/// The microphone's door towards the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Microphone {
    Open,
    /// Accepted automatically: opens at this time.
    OpensAt(Instant),
}

/// What happens to a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The server's word. `now_ms` is the server's wall clock as far as the link knows it.
    Server {
        message: ToMediaAgent,
        now_ms: i64,
    },
    /// A button of the endpoint; `id` makes a repeated press act once.
    Accept {
        id: String,
    },
    Reject {
        id: String,
    },
    HangUp {
        id: String,
    },
    Mute {
        on: bool,
    },
    MediaUp {
        leg: LegId,
    },
    MediaFailed {
        leg: LegId,
        reason: String,
    },
    /// The link is up again after it was down.
    LinkUp,
    Tick,
}

/// What the machine wants done, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    Send(FromMediaAgent),
    /// Make an offer for this leg and keep its path warm with silence.
    OpenMedia(LegId),
    CloseMedia(LegId),
    StartRinger,
    StopRinger,
    /// A short tone in the speaker: the call is yours now.
    Beep,
    /// Let the speaker play the leg.
    OpenSpeaker,
    CloseSpeaker,
    /// The microphone reaches the leg, or silence does.
    OpenMicrophone,
    CloseMicrophone,
    /// A press that means nothing now: why.
    Refuse(&'static str),
}

/// The machine: a state and what it still has to say.
#[derive(Debug)]
pub struct CallMachine {
    state: State,
    effects: Vec<Effect>,
}

impl Default for CallMachine {
    fn default() -> Self {
        Self { state: State::Idle, effects: Vec::new() }
    }
}

impl CallMachine {
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The leg whose media exists now.
    pub fn leg(&self) -> Option<LegId> {
        match &self.state {
            State::Idle | State::Ended { .. } => None,
            State::Ringing { call, .. }
            | State::Connecting { call, .. }
            | State::Live { call, .. }
            | State::Held { call } => Some(call.leg),
        }
    }

    /// Feeds one event; what is to be done comes out in order.
    pub fn handle(&mut self, now: Instant, event: Event) -> Vec<Effect> {
        let before = std::mem::replace(&mut self.state, State::Idle);
        self.state = match event {
            Event::Server { message, now_ms } => self.server(now, before, message, now_ms),
            Event::Accept { id } => self.accept(now, before, id),
            Event::Reject { id } => self.reject(now, before, id),
            Event::HangUp { id } => self.hang_up(now, before, id),
            Event::Mute { on } => self.mute(before, on, true),
            Event::MediaUp { leg } => self.media_up(before, leg),
            Event::MediaFailed { leg, reason } => self.media_failed(now, before, leg, reason),
            Event::LinkUp => self.link_up(before),
            Event::Tick => self.tick(now, before),
        };
        std::mem::take(&mut self.effects)
    }

    /// When the machine wants a [`Event::Tick`].
    pub fn poll_timeout(&self) -> Option<Instant> {
        match &self.state {
            State::Ringing { ends, .. } => Some(*ends),
            State::Connecting { limit, .. } => Some(*limit),
            State::Live { open: Microphone::OpensAt(at), .. } => Some(*at),
            State::Ended { until, .. } => Some(*until),
            State::Idle | State::Live { .. } | State::Held { .. } => None,
        }
    }

    fn server(&mut self, now: Instant, before: State, message: ToMediaAgent, now_ms: i64) -> State {
        match message {
            ToMediaAgent::Ring { contact, leg, caller, caller_name, queue, expires_ms, auto_accept } => {
                let call =
                    Call { contact, leg, caller, caller_name, queue, auto_accept, muted: false, media_up: false };
                self.ring(now, before, call, expires_ms, now_ms)
            }
            ToMediaAgent::StopRing { leg, why, .. } => self.stop_ring(now, before, leg, why),
            ToMediaAgent::Connect { contact, leg, caller, caller_name } => {
                let call = Call {
                    contact,
                    leg,
                    caller,
                    caller_name,
                    queue: String::new(),
                    auto_accept: false,
                    muted: false,
                    media_up: false,
                };
                self.connect(now, before, call)
            }
            ToMediaAgent::Live { leg, .. } => self.live(now, before, leg),
            ToMediaAgent::Hold { contact, on } => self.hold(before, contact, on),
            ToMediaAgent::SetMute { contact, on } if contact_of(&before) == Some(contact) => {
                self.mute(before, on, false)
            }
            ToMediaAgent::Ended { leg, why, .. } if leg_of(&before) == Some(leg) => self.end(now, before, why, None),
            ToMediaAgent::Refused { id, .. } => refused(before, &id),
            // An unpaired or superseded endpoint carries nobody's voice.
            ToMediaAgent::Unpair { .. } | ToMediaAgent::Superseded { .. } => {
                self.end(now, before, "unpaired".to_owned(), None)
            }
            _ => before,
        }
    }

    fn ring(&mut self, now: Instant, before: State, call: Call, expires_ms: i64, now_ms: i64) -> State {
        match before {
            State::Idle | State::Ended { .. } => {}
            // The server repeats itself after a reconnection.
            same if leg_of(&same) == Some(call.leg) => return same,
            busy => {
                let reason = "busy with another call".to_owned();
                self.effects.push(Effect::Send(FromMediaAgent::MediaFailed { leg: call.leg, reason }));
                return busy;
            }
        }
        // The offered time is the server's; ours only bounds it should its word never come.
        let left = u64::try_from(expires_ms.saturating_sub(now_ms)).unwrap_or(0).clamp(1_000, 600_000);
        self.effects.push(Effect::OpenMedia(call.leg));
        // A call that accepts itself announces itself by the beep alone.
        if !call.auto_accept {
            self.effects.push(Effect::StartRinger);
        }
        State::Ringing { call, expires_ms, ends: now + Duration::from_millis(left) + Duration::from_secs(2) }
    }

    fn stop_ring(&mut self, now: Instant, before: State, leg: LegId, why: String) -> State {
        match before {
            State::Ringing { call, .. } if call.leg == leg && why == "accepted" => {
                self.effects.push(Effect::StopRinger);
                State::Connecting { call, accept: None, limit: now + CONNECT_LIMIT }
            }
            State::Connecting { call, .. } if call.leg == leg && why == "accepted" => {
                State::Connecting { call, accept: None, limit: now + CONNECT_LIMIT }
            }
            State::Ringing { ref call, .. } | State::Connecting { ref call, .. } if call.leg == leg => {
                self.end(now, before, why, None)
            }
            other => other,
        }
    }

    fn connect(&mut self, now: Instant, before: State, call: Call) -> State {
        match before {
            State::Idle | State::Ended { .. } => {}
            same if leg_of(&same) == Some(call.leg) => return same,
            // The same contact on a new leg: the server rebuilt its end, so do we.
            old if contact_of(&old) == Some(call.contact) => {
                if let Some(leg) = leg_of(&old) {
                    self.effects.push(Effect::StopRinger);
                    self.effects.push(Effect::CloseMicrophone);
                    self.effects.push(Effect::CloseMedia(leg));
                }
            }
            busy => {
                let reason = "busy with another call".to_owned();
                self.effects.push(Effect::Send(FromMediaAgent::MediaFailed { leg: call.leg, reason }));
                return busy;
            }
        }
        self.effects.push(Effect::OpenMedia(call.leg));
        self.effects.push(Effect::OpenSpeaker);
        State::Connecting { call, accept: None, limit: now + CONNECT_LIMIT }
    }

    fn live(&mut self, now: Instant, before: State, leg: LegId) -> State {
        match before {
            State::Ringing { call, .. } | State::Connecting { call, .. } if call.leg == leg => {
                self.effects.push(Effect::StopRinger);
                self.effects.push(Effect::OpenSpeaker);
                let open = if call.auto_accept {
                    self.effects.push(Effect::Beep);
                    Microphone::OpensAt(now + AUTO_ACCEPT_DELAY)
                } else {
                    self.open_microphone(&call);
                    Microphone::Open
                };
                State::Live { call, open }
            }
            State::Held { call } if call.leg == leg => {
                self.open_microphone(&call);
                State::Live { call, open: Microphone::Open }
            }
            other => other,
        }
    }

    fn hold(&mut self, before: State, contact: ContactId, on: bool) -> State {
        match before {
            State::Live { call, .. } if call.contact == contact && on => {
                self.effects.push(Effect::CloseMicrophone);
                State::Held { call }
            }
            State::Held { call } if call.contact == contact && !on => {
                self.open_microphone(&call);
                State::Live { call, open: Microphone::Open }
            }
            other => other,
        }
    }

    fn accept(&mut self, now: Instant, before: State, id: String) -> State {
        match before {
            State::Ringing { call, .. } => {
                self.effects.push(Effect::StopRinger);
                self.effects.push(Effect::Send(FromMediaAgent::Accept { id: id.clone(), contact: call.contact }));
                State::Connecting { call, accept: Some(id), limit: now + CONNECT_LIMIT }
            }
            other => self.refuse(other, "nothing is ringing"),
        }
    }

    fn reject(&mut self, now: Instant, before: State, id: String) -> State {
        match before {
            State::Ringing { ref call, .. } => {
                let told = FromMediaAgent::Reject { id, contact: call.contact };
                self.end(now, before, "rejected".to_owned(), Some(told))
            }
            other => self.refuse(other, "nothing is ringing"),
        }
    }

    fn hang_up(&mut self, now: Instant, before: State, id: String) -> State {
        match before {
            State::Connecting { ref call, .. } | State::Live { ref call, .. } | State::Held { ref call } => {
                let told = FromMediaAgent::HangUp { id, contact: call.contact };
                self.end(now, before, "hung up here".to_owned(), Some(told))
            }
            other => self.refuse(other, "there is no call to hang up"),
        }
    }

    /// Mute is silence, not a closed path; the server learns what really holds, whoever asked.
    fn mute(&mut self, mut before: State, on: bool, local: bool) -> State {
        let Some(call) = call_mut(&mut before) else {
            return self.refuse(before, "there is no call to mute");
        };
        call.muted = on;
        let contact = call.contact;
        if let State::Live { call, open: Microphone::Open } = &before {
            let effect = if call.muted { Effect::CloseMicrophone } else { Effect::OpenMicrophone };
            self.effects.push(effect);
        }
        self.effects.push(Effect::Send(FromMediaAgent::Muted { contact, on, local }));
        before
    }

    fn media_up(&mut self, mut before: State, leg: LegId) -> State {
        if let State::Ringing { call, .. }
        | State::Connecting { call, .. }
        | State::Live { call, .. }
        | State::Held { call } = &mut before
            && call.leg == leg
            && !call.media_up
        {
            call.media_up = true;
            self.effects.push(Effect::Send(FromMediaAgent::MediaUp { leg }));
        }
        before
    }

    fn media_failed(&mut self, now: Instant, before: State, leg: LegId, reason: String) -> State {
        if leg_of(&before) != Some(leg) {
            return before;
        }
        let told = FromMediaAgent::MediaFailed { leg, reason };
        self.end(now, before, "media failed".to_owned(), Some(told))
    }

    /// What the server may have missed while the link was down is said again; ids make it harmless.
    fn link_up(&mut self, before: State) -> State {
        match &before {
            State::Idle => {}
            State::Ended { untold, .. } => {
                self.effects.extend(untold.clone().map(Effect::Send));
            }
            State::Ringing { call, .. }
            | State::Connecting { call, .. }
            | State::Live { call, .. }
            | State::Held { call } => {
                if let State::Connecting { accept: Some(id), .. } = &before {
                    let accept = FromMediaAgent::Accept { id: id.clone(), contact: call.contact };
                    self.effects.push(Effect::Send(accept));
                }
                if call.media_up {
                    self.effects.push(Effect::Send(FromMediaAgent::MediaUp { leg: call.leg }));
                }
                if matches!(before, State::Live { .. } | State::Held { .. }) {
                    let muted = FromMediaAgent::Muted { contact: call.contact, on: call.muted, local: true };
                    self.effects.push(Effect::Send(muted));
                }
            }
        }
        before
    }

    fn tick(&mut self, now: Instant, before: State) -> State {
        match before {
            State::Ringing { ends, .. } if now >= ends => self.end(now, before, "missed".to_owned(), None),
            State::Connecting { limit, ref call, .. } if now >= limit => {
                let reason = "the audio path did not come up".to_owned();
                let told = FromMediaAgent::MediaFailed { leg: call.leg, reason };
                self.end(now, before, "media failed".to_owned(), Some(told))
            }
            State::Live { call, open: Microphone::OpensAt(at) } if now >= at => {
                self.open_microphone(&call);
                State::Live { call, open: Microphone::Open }
            }
            State::Ended { until, .. } if now >= until => State::Idle,
            other => other,
        }
    }

    fn open_microphone(&mut self, call: &Call) {
        if !call.muted {
            self.effects.push(Effect::OpenMicrophone);
        }
    }

    fn refuse(&mut self, state: State, why: &'static str) -> State {
        self.effects.push(Effect::Refuse(why));
        state
    }

    /// Everything of the call is closed; `tell` goes to the server now and again when the link comes back.
    fn end(&mut self, now: Instant, before: State, why: String, tell: Option<FromMediaAgent>) -> State {
        let (call, ringing) = match before {
            State::Ringing { call, .. } => (call, true),
            State::Connecting { call, .. } | State::Live { call, .. } | State::Held { call } => (call, false),
            State::Idle | State::Ended { .. } => return before,
        };
        if ringing {
            self.effects.push(Effect::StopRinger);
        } else {
            self.effects.push(Effect::CloseMicrophone);
            self.effects.push(Effect::CloseSpeaker);
        }
        self.effects.push(Effect::CloseMedia(call.leg));
        self.effects.extend(tell.clone().map(Effect::Send));
        State::Ended { call, why, until: now + ENDED_SHOWN, untold: tell }
    }
}

/// A refused accept: the server has the last word, so the call waits for its StopRing; nothing else hangs on an id.
fn refused(before: State, id: &str) -> State {
    match before {
        State::Connecting { call, accept: Some(mine), limit } if mine == id => {
            State::Connecting { call, accept: None, limit }
        }
        other => other,
    }
}

/// The call that a microphone belongs to: none while it only rings.
fn call_mut(state: &mut State) -> Option<&mut Call> {
    match state {
        State::Connecting { call, .. } | State::Live { call, .. } | State::Held { call } => Some(call),
        State::Idle | State::Ringing { .. } | State::Ended { .. } => None,
    }
}

fn call_of(state: &State) -> Option<&Call> {
    match state {
        State::Ringing { call, .. }
        | State::Connecting { call, .. }
        | State::Live { call, .. }
        | State::Held { call } => Some(call),
        State::Idle | State::Ended { .. } => None,
    }
}

fn leg_of(state: &State) -> Option<LegId> {
    call_of(state).map(|call| call.leg)
}

fn contact_of(state: &State) -> Option<ContactId> {
    call_of(state).map(|call| call.contact)
}

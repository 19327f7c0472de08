//! Stories of WebRTC legs against an offerer on the same `rtc`, over a network in memory.

//! Media, sans-I/O: packets, codecs, jitter, DTMF, prompts, recordings and quality, and the legs and rooms made of
//! them. Knows no SIP and no model. Time is an argument (`Instant`), randomness a seed, sockets and files the driver's.

pub mod codec;
pub mod dtmf;
pub mod engine;
pub mod jitter;
mod leg;
pub mod mixer;
pub mod player;
pub mod quality;
pub mod recorder;
mod room;
pub mod rtcp;
pub mod rtp;
pub mod sdp;
pub mod wave;
mod webrtc;

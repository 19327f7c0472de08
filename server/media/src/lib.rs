//! Media, sans-I/O: packets, codecs, jitter, DTMF, prompts, recordings and quality, and the legs and rooms made of
//! them. Knows no SIP and no model. Time is an argument (`Instant`), randomness a seed, sockets and files the driver's.

pub mod codec;
pub mod dtmf;
pub mod jitter;
pub mod player;
pub mod quality;
pub mod recorder;
pub mod rtcp;
pub mod rtp;
pub mod wave;

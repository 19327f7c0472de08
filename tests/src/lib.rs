//! What the tests share: a world (a real server), people and peers.

#![allow(clippy::disallowed_methods)] // Tests of real programs live in real time.

pub mod world;

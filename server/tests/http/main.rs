//! The HTTP contract as stories: a demo centre in a temporary directory, a switchboard that only listens, real sockets
//! where sockets matter.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod access;
mod bodies;
mod ccp;
mod contacts;
mod nouns;
mod session;
mod world;

//! What the tests share: a simulated world around the floor, and checkers that read only what the floor said.

pub mod baresip;
pub mod centre;
pub mod checker;
pub mod people;
pub mod rig;
pub mod rng;
pub mod sipp;
pub mod sound;
pub mod world;

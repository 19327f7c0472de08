//! What the tests share: a simulated world around the floor, and checkers that read only what the floor said.

pub mod checker;
<<<<<<< HEAD
=======
pub mod people;
>>>>>>> e2e
pub mod rig;
pub mod rng;
pub mod world;

//! The media agent's engine: everything the desktop program does, without a window. One task owns the call, the link,
//! the devices and the media; the world sees [`EngineState`] on a watch channel and speaks through [`EngineCommand`].

pub mod state;

pub use state::*;

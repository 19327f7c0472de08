//! The media agent's engine: everything the desktop program does, without a window. One task owns the call, the link,
//! the devices and the media; the world sees [`EngineState`] on a watch channel and speaks through [`EngineCommand`].

pub mod call;
mod check;
mod clock;
pub mod devices;
pub mod dsp;
mod engine;
pub mod link;
pub mod network;
pub mod ring;
pub mod settings;
mod sounds;
pub mod state;
pub mod stream;

pub use devices::SoundFiles;
pub use engine::{Engine, EngineConfig, StartError};
pub use state::*;

//! REST shapes, one file a noun. Types only: who may ask stands in [`crate::openapi`], rules in the server.

pub mod live;

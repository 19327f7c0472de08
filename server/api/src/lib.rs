//! The contract with every client: REST shapes by noun, and the messages of the sockets. Types only.

pub mod openapi;
pub mod rest;
pub mod ws;

//! Stories of the codecs.

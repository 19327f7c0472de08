//! Real programs, end to end.

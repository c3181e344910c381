//! The façade: plain data in, events and data out.

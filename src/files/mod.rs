//! Files of the data folder: made once and kept, or replaced whole; never seen half written.

pub mod private_key;
pub mod replace;

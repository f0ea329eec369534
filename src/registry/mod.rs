//! Use cases, one transaction each: load, rule, append, project; and reads that are pure functions of a position.

pub mod append;
pub mod bulk;
pub mod catalogue;
pub mod check;
pub mod decide;
pub mod feed;
pub mod framework_rules;
pub mod head_watch;
pub mod intake;
pub mod moment;
pub mod operation;
pub mod projection;
pub mod read;
pub mod rebuild;
pub mod sealed;
pub mod service;
pub mod setup;
pub mod signing;
pub mod standard_rules;
pub mod state;
pub mod stored;
pub mod transaction;
pub mod work;
pub mod writer;

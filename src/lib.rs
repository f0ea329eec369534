//! A versioned registry of public-service standards: one log, read as it stands and as it stood.

pub mod access;
pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod files;
pub mod http;
pub mod log;
pub mod mirror;
pub mod registry;
pub mod store;
pub mod telemetry;

//! Pure types and rules of the field; nothing here reads a clock, a disk or a socket unless asked for the time.

pub mod canonical;
pub mod classification;
pub mod coverage;
pub mod diff;
pub mod division;
pub mod draft;
pub mod drift;
pub mod fault;
pub mod framework;
pub mod json;
pub mod likeness;
pub mod mapping;
pub mod number;
pub mod permission;
pub mod problem;
pub mod search;
pub mod shape;
pub mod sheet;
pub mod standard;
pub mod term;
pub mod text;
pub mod time;
pub mod vocabulary;
pub mod webhook;

//! Frameworks (标准体系框架): ordered axes whose values span cells, and a tree of nodes (要素 → 服务项目) below
//! the values. One schema holds every city's framework; which one it is, is data.

pub mod builtin;
pub mod content;
pub mod matrix;
pub mod nearest;
pub mod place;
mod read;
pub mod revision;
mod status;
mod tree;

pub use content::{Axis, AxisValue, FrameworkContent, Node};
pub use place::{PlaceFault, ResolvedPlace};
pub use read::{is_slug, read};

#[cfg(test)]
mod tests;

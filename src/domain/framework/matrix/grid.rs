//! The cells of a framework as numbers: counted through in the order of the axes, the last one fastest.

use std::collections::{BTreeMap, HashMap};

use crate::domain::framework::content::{Axis, AxisValue};

pub(super) struct Grid<'f> {
    axes: Vec<Ruler<'f>>,
}

/// An axis with its values numbered.
struct Ruler<'f> {
    axis: &'f Axis,
    numbers: HashMap<&'f str, usize>,
    /// How many cells lie between one value and the next.
    stride: usize,
}

impl<'f> Grid<'f> {
    pub fn new(axes: &'f [Axis]) -> Self {
        let mut stride = 1;
        let mut rulers: Vec<Ruler> = Vec::with_capacity(axes.len());
        for axis in axes.iter().rev() {
            let values = axis.values.iter().enumerate();
            rulers.push(Ruler {
                axis,
                numbers: values
                    .map(|(number, value)| (value.id.as_str(), number))
                    .collect(),
                stride,
            });
            stride *= axis.values.len();
        }
        rulers.reverse();
        Self { axes: rulers }
    }

    /// The number of a cell that names a known value on every axis and nothing else.
    pub fn locate(&self, cell: &BTreeMap<String, String>) -> Option<usize> {
        if cell.len() != self.axes.len() {
            return None;
        }
        let mut place = 0;
        for ruler in &self.axes {
            let value = cell.get(&ruler.axis.id)?;
            place += ruler.numbers.get(value.as_str())? * ruler.stride;
        }
        Some(place)
    }

    /// The grid of some of the axes.
    pub fn along(&self, axes: &[usize]) -> Projection<'_> {
        Projection {
            axes: axes.iter().filter_map(|axis| self.axes.get(*axis)).collect(),
        }
    }
}

/// A grid looked at along some of its axes only.
pub(super) struct Projection<'g> {
    axes: Vec<&'g Ruler<'g>>,
}

impl<'g> Projection<'g> {
    /// How many partial cells there are.
    pub fn len(&self) -> usize {
        self.axes.iter().map(|ruler| ruler.axis.values.len()).product()
    }

    /// The partial cell that a cell of the whole grid falls into.
    pub fn project(&self, place: usize) -> usize {
        self.axes.iter().fold(0, |projected, ruler| {
            let values = ruler.axis.values.len();
            projected * values + place / ruler.stride % values
        })
    }

    /// The axes of a partial cell, each with its value.
    pub fn values(&self, projected: usize) -> Vec<(&'g Axis, &'g AxisValue)> {
        let mut rest = projected;
        let values = self.axes.iter().rev().filter_map(|ruler| {
            let values = &ruler.axis.values;
            let number = rest % values.len();
            rest /= values.len();
            Some((ruler.axis, values.get(number)?))
        });
        values.collect()
    }
}

//! Putting together what belongs together, link by link.

/// Groups of the places of a list; every place begins as a group of its own.
#[derive(Clone, Debug)]
pub struct Groups {
    above: Vec<usize>,
}

impl Groups {
    pub fn new(size: usize) -> Self {
        Self {
            above: (0..size).collect(),
        }
    }

    /// Makes two groups one.
    pub fn join(&mut self, first: usize, second: usize) {
        let (first, second) = (self.of(first), self.of(second));
        // The smaller place stands for the group, so that the order of joining does not matter.
        if let Some(above) = self.above.get_mut(first.max(second)) {
            *above = first.min(second);
        }
    }

    /// The place that stands for a place's group.
    pub fn of(&mut self, place: usize) -> usize {
        let mut at = place;
        while let Some(above) = self.above.get(at).copied().filter(|above| *above != at) {
            let further = self.above.get(above).copied().unwrap_or(above);
            if let Some(shorter) = self.above.get_mut(at) {
                *shorter = further;
            }
            at = above;
        }
        at
    }

    /// The places by group, in order.
    pub fn gathered(mut self) -> Vec<Vec<usize>> {
        let mut numbered: Vec<(usize, usize)> = (0..self.above.len())
            .map(|place| (self.of(place), place))
            .collect();
        numbered.sort_unstable();
        numbered
            .chunk_by(|a, b| a.0 == b.0)
            .map(|group| group.iter().map(|(_, place)| *place).collect())
            .collect()
    }
}

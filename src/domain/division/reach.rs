//! Who reaches whom, worked out once for all rows.

use std::collections::HashMap;

use super::Division;

/// By row: the rows directly above it, along the tree and along succession.
pub(super) struct Above {
    pub parents: Vec<Vec<usize>>,
    pub successors: Vec<Vec<usize>>,
}

pub(super) fn above(rows: &[Division]) -> Above {
    let numbered = rows.iter().enumerate();
    let by_code: HashMap<&str, usize> = numbered.map(|(row, it)| (it.code.as_str(), row)).collect();
    let known = |code: &String| by_code.get(code.as_str()).copied();
    Above {
        parents: rows
            .iter()
            .map(|it| it.parent.iter().filter_map(known).collect())
            .collect(),
        successors: rows
            .iter()
            .map(|it| it.successors.iter().filter_map(known).collect())
            .collect(),
    }
}

/// Turns "by row, the rows above" into "by row, the rows below", in order.
pub(super) fn inverse(above: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut below = vec![Vec::new(); above.len()];
    for (row, targets) in above.iter().enumerate() {
        for target in targets {
            if let Some(list) = below.get_mut(*target) {
                list.push(row);
            }
        }
    }
    below
}

/// By row: itself and everything found by going up parents and successors in any order. A grant reaches the subtree and
/// the predecessors of all it reaches; seen from below that is this same walk, and it is short (a dozen rows at most).
pub(super) fn reached_from(above: &Above) -> Vec<Vec<usize>> {
    (0..above.parents.len()).map(|row| walk_up(above, row)).collect()
}

fn walk_up(above: &Above, start: usize) -> Vec<usize> {
    let mut found = vec![start];
    let mut pending = vec![start];
    while let Some(row) = pending.pop() {
        let parents = above.parents.get(row).into_iter().flatten();
        let successors = above.successors.get(row).into_iter().flatten();
        for next in parents.chain(successors) {
            if !found.contains(next) {
                found.push(*next);
                pending.push(*next);
            }
        }
    }
    found.sort_unstable();
    found
}

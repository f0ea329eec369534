//! From a row along what it rests on, step by step: the nearest way to each standard that something happened to.

use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;

use crate::domain::drift::Drift;
use crate::registry::read::drift::judge::{Day, Event, Ground};
use crate::registry::read::drift::knowledge::{Entry, Knowledge, Rest};

/// One step from a standard to another.
#[derive(Clone, Copy, Debug)]
pub struct Step<'k> {
    pub rest: &'k Rest,
    /// The entry it leads to, where that is registered.
    pub to: Option<&'k Entry>,
}

/// Something that happened to what a row rests on.
pub struct Drifted<'k> {
    pub row: &'k Entry,
    /// Empty where it is the row's own standard.
    pub path: Vec<Step<'k>>,
    pub event: Rc<Event<'k>>,
}

/// Looks at rows; what was judged once is remembered.
pub struct Walk<'k> {
    knowledge: &'k Knowledge,
    day: Day,
    depth: usize,
    judged: HashMap<(Ground<'k>, &'k str, bool), Option<Rc<Event<'k>>>>,
}

impl<'k> Walk<'k> {
    pub fn new(knowledge: &'k Knowledge, day: Day, depth: usize) -> Self {
        Self {
            knowledge,
            day,
            depth,
            judged: HashMap::new(),
        }
    }

    /// Everything that happened to what a row rests on, nearest first, each standard once.
    pub fn from(&mut self, row: &'k Entry) -> Vec<Drifted<'k>> {
        let mut drifted = Vec::new();
        let mut told: HashSet<&str> = HashSet::new();
        if row.stands_for_a_number()
            && let Some(number) = row.number.as_deref()
        {
            told.insert(number);
            if let Some(event) = self.judge(Ground::Own(number), row, row.is_internal()) {
                drifted.push(Drifted {
                    row,
                    path: Vec::new(),
                    event,
                });
            }
        }
        let mut seen: HashSet<&str> = HashSet::from([row.entry_id.as_str()]);
        let mut ahead: VecDeque<(&'k Entry, Vec<Step<'k>>)> = VecDeque::from([(row, Vec::new())]);
        while let Some((at, path)) = ahead.pop_front() {
            if path.len() >= self.depth {
                continue;
            }
            for rest in self.knowledge.rests(&at.entry_id) {
                let to = self.knowledge.resolve(&rest.target, &at.owner);
                if to.is_some_and(|to| to.entry_id == row.entry_id) {
                    continue;
                }
                let mut path = path.clone();
                path.push(Step { rest, to });
                let standard = to.map_or(rest.target.as_str(), |to| {
                    to.number.as_deref().unwrap_or(&to.entry_id)
                });
                if told.insert(standard)
                    && let Some(event) = self.judge(Ground::Named(&rest.target), at, false)
                    // What others failed to register is theirs to mend.
                    && (path.len() == 1 || event.drift != Drift::Missing)
                {
                    drifted.push(Drifted {
                        row,
                        path: path.clone(),
                        event,
                    });
                }
                if let Some(to) = to.filter(|to| !to.withdrawn)
                    && seen.insert(&to.entry_id)
                {
                    ahead.push_back((to, path));
                }
            }
        }
        drifted
    }

    fn judge(&mut self, ground: Ground<'k>, by: &'k Entry, internal: bool) -> Option<Rc<Event<'k>>> {
        let key = (ground, by.owner.as_str(), internal);
        if let Some(judged) = self.judged.get(&key) {
            return judged.clone();
        }
        let judged = self
            .knowledge
            .judge(ground, &by.owner, internal, self.day)
            .map(Rc::new);
        self.judged.insert(key, judged.clone());
        judged
    }
}

//! What happened to one standard that a row rests on, by all that anybody's catalogue says of it on a day.

use chrono::{Days, NaiveDate};

use crate::domain::division::Divisions;
use crate::domain::drift::{Drift, KnownBy};
use crate::domain::number::{self, sort_key_of};
use crate::domain::time::parse_date;
use crate::registry::read::drift::knowledge::{Entry, Knowledge};

/// What a row rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ground<'g> {
    /// The standard it stands for itself, by number.
    Own(&'g str),
    /// What one of its relations names: an id or a number.
    Named(&'g str),
}

/// What happened.
#[derive(Clone, Debug)]
pub struct Event<'k> {
    pub drift: Drift,
    /// The day from which on it holds, where that is known.
    pub on: Option<NaiveDate>,
    pub known_by: KnownBy,
    /// Which row says so, and by what.
    pub fact: Option<Fact<'k>>,
    /// What takes its place.
    pub successors: Vec<&'k Entry>,
}

/// What a row says, and has said without a break since some revision.
#[derive(Clone, Copy, Debug)]
pub enum Fact<'k> {
    AbolishedOn(&'k Entry),
    Claim(&'k Entry),
    /// That it replaces the target.
    Replaces(&'k Entry, &'k str),
    /// That it is there under its number.
    Bears(&'k Entry),
    /// That its number changed at a position.
    Renumbered(&'k Entry, i64),
    /// That it left its catalogue.
    Left(&'k Entry),
}

impl<'k> Fact<'k> {
    pub fn entry(self) -> &'k Entry {
        match self {
            Self::AbolishedOn(entry)
            | Self::Claim(entry)
            | Self::Replaces(entry, _)
            | Self::Bears(entry)
            | Self::Renumbered(entry, _)
            | Self::Left(entry) => entry,
        }
    }
}

/// The day asked about, and how far ahead an end counts as near.
#[derive(Clone, Copy, Debug)]
pub struct Day {
    pub today: NaiveDate,
    pub days: u64,
}

impl Day {
    fn is_near(self, on: NaiveDate) -> bool {
        self.today
            .checked_add_days(Days::new(self.days))
            .is_none_or(|last| on <= last)
    }
}

impl Knowledge {
    /// The gravest thing that happened to what a row of this owner rests on; nothing when all is well.
    pub fn judge<'k>(
        &'k self,
        ground: Ground<'k>,
        owner: &str,
        internal: bool,
        day: Day,
    ) -> Option<Event<'k>> {
        let target = match ground {
            Ground::Own(_) => None,
            Ground::Named(key) => self.resolve(key, owner),
        };
        let number: Option<&'k str> = match (ground, target) {
            (Ground::Own(number), _) => Some(number),
            (Ground::Named(_), Some(target)) => target.number.as_deref(),
            (Ground::Named(key), None) => Some(key),
        };
        // Who names no year means the newest edition, whichever that is.
        let any_edition = match (ground, target) {
            (Ground::Named(key), Some(target)) => target.number_undated.as_deref() == Some(key),
            _ => false,
        };
        let case = Case {
            knowledge: self,
            owner,
            day,
            rows: self.rows(number, target, owner, internal),
            number,
            any_edition,
        };
        let known = case.ended().or_else(|| case.renumbered()).or_else(|| {
            let left = target.is_some_and(|target| target.withdrawn);
            if left {
                None
            } else {
                case.ending().or_else(|| case.newer_edition())
            }
        });
        known.or_else(|| match ground {
            Ground::Named(key) => case.gone(key, target),
            Ground::Own(_) => None,
        })
    }

    /// All live rows of a standard; a house number means the house's own row alone.
    fn rows<'k>(
        &'k self,
        number: Option<&'k str>,
        target: Option<&'k Entry>,
        owner: &str,
        internal: bool,
    ) -> Vec<&'k Entry> {
        let bearing = number.into_iter().flat_map(|number| self.bearing(number));
        let mut rows: Vec<&Entry> = bearing
            .filter(|row| row.owner == owner || !(internal || row.is_internal()))
            .collect();
        if let Some(target) = target.filter(|target| !target.withdrawn)
            && !rows.iter().any(|row| row.entry_id == target.entry_id)
        {
            rows.push(target);
        }
        rows
    }
}

/// One standard before the judge.
struct Case<'k, 'o> {
    knowledge: &'k Knowledge,
    owner: &'o str,
    day: Day,
    number: Option<&'k str>,
    rows: Vec<&'k Entry>,
    /// Whether any edition is meant.
    any_edition: bool,
}

/// Something that is said, to be weighed against what else is.
struct Said<'k> {
    on: Option<NaiveDate>,
    fact: Fact<'k>,
}

impl<'k> Case<'k, '_> {
    /// Abolished by its day, or replaced by a standard whose day has come, or so claimed where no day is known.
    fn ended(&self) -> Option<Event<'k>> {
        let today = self.day.today;
        let mut said: Vec<Said> = Vec::new();
        let mut named_superseded = false;
        for row in self.existing() {
            let abolished = day(row.abolished_on.as_ref());
            let implemented = day(row.implemented_on.as_ref());
            if abolished.is_some_and(|on| on <= today) {
                said.push(Said {
                    on: abolished,
                    fact: Fact::AbolishedOn(row),
                });
            }
            let upcoming =
                day(row.published_on.as_ref()).is_some_and(|on| on <= today) && implemented.is_some();
            let by_dates = implemented.is_some_and(|on| on <= today)
                || upcoming
                || abolished.is_some_and(|on| on <= today);
            if let (false, Some("superseded" | "abolished")) = (by_dates, row.claimed.as_deref()) {
                named_superseded |= row.claimed.as_deref() == Some("superseded");
                said.push(Said {
                    on: None,
                    fact: Fact::Claim(row),
                });
            }
        }
        // A day of its end that is still to come keeps the old edition in force beside the new one.
        let in_transition = self
            .existing()
            .any(|row| day(row.abolished_on.as_ref()).is_some_and(|on| on > today));
        if !in_transition {
            let due = self
                .replacements()
                .filter(|said| said.on.is_some_and(|on| on <= today));
            said.extend(due);
        }
        let said = self.weightiest(said)?;
        let superseded = named_superseded || self.replacements().next().is_some();
        let drift = if superseded {
            Drift::Superseded
        } else {
            Drift::Abolished
        };
        Some(self.event(drift, said))
    }

    /// Known under another number now, in any catalogue but the one whose row this is.
    fn renumbered(&self) -> Option<Event<'k>> {
        let number = self.number?;
        let changes = self.knowledge.renumbered(number).iter();
        let said = changes
            .filter(|change| change.now.owner == self.owner || !change.now.is_internal())
            .map(|change| Said {
                on: None,
                fact: Fact::Renumbered(&change.now, change.position),
            });
        let said = self.weightiest(said.collect())?;
        let mut event = self.event(Drift::Renumbered, said);
        event.successors.extend(event.fact.map(Fact::entry));
        Some(event)
    }

    /// A day of its end or of its replacement is known and near.
    fn ending(&self) -> Option<Event<'k>> {
        let near = |on: Option<NaiveDate>| on.is_some_and(|on| on > self.day.today && self.day.is_near(on));
        let ends = self.existing().map(|row| Said {
            on: day(row.abolished_on.as_ref()),
            fact: Fact::AbolishedOn(row),
        });
        let said = ends.chain(self.replacements()).filter(|said| near(said.on));
        let said = self.weightiest(said.collect())?;
        Some(self.event(Drift::Ending, said))
    }

    /// A later edition is registered, or a replacement whose day nobody knows.
    fn newer_edition(&self) -> Option<Event<'k>> {
        if self.any_edition {
            return None;
        }
        let without_day = self.replacements().filter(|said| said.on.is_none());
        if let Some(said) = self.weightiest(without_day.collect()) {
            return Some(self.event(Drift::NewerEdition, said));
        }
        let number = self.number?;
        let editions = self
            .knowledge
            .family(number)
            .filter(|undated| undated != number)?;
        let this = sort_key_of(number);
        let newest = self
            .knowledge
            .editions(&editions)
            .filter(|row| row.supply.as_deref() == Some("existing") && row.sort_number > this)
            .filter(|row| is_edition(row))
            .max_by(|a, b| {
                let near = |row: &Entry| std::cmp::Reverse(self.known_by(row));
                (&a.sort_number, near(a), &b.entry_id).cmp(&(&b.sort_number, near(b), &a.entry_id))
            })?;
        let on = day(newest.implemented_on.as_ref()).or(day(newest.published_on.as_ref()));
        let mut event = self.event(
            Drift::NewerEdition,
            Said {
                on,
                fact: Fact::Bears(newest),
            },
        );
        event.successors.push(newest);
        Some(event)
    }

    /// What is named is not in the catalogue any more, or never was, nor in those above.
    fn gone(&self, key: &'k str, target: Option<&'k Entry>) -> Option<Event<'k>> {
        let left: Vec<Said> = match target {
            Some(target) if target.withdrawn => vec![Said {
                on: None,
                fact: Fact::Left(target),
            }],
            Some(_) => return None,
            None => self
                .knowledge
                .withdrawn(key)
                .filter(|row| self.known_by(row) != KnownBy::Other)
                .map(|row| Said {
                    on: None,
                    fact: Fact::Left(row),
                })
                .collect(),
        };
        Some(match self.weightiest(left) {
            Some(said) => self.event(Drift::Withdrawn, said),
            None => Event {
                drift: Drift::Missing,
                on: None,
                known_by: KnownBy::Own,
                fact: None,
                successors: self.successors(),
            },
        })
    }

    fn existing(&self) -> impl Iterator<Item = &'k Entry> {
        let rows = self.rows.clone();
        rows.into_iter()
            .filter(|row| row.supply.as_deref() == Some("existing"))
    }

    /// Rows of any catalogue that replace this standard as a whole.
    fn replacements(&self) -> impl Iterator<Item = Said<'k>> {
        let ids = self.rows.iter().map(|row| row.entry_id.as_str());
        let keys: Vec<&str> = ids.chain(self.number).collect();
        let own_number = self.number;
        let said = keys.into_iter().flat_map(|key| self.knowledge.replacing(key));
        said.filter(move |one| own_number.is_none() || one.by.number.as_deref() != own_number)
            .map(|one| Said {
                on: day(one.by.implemented_on.as_ref()),
                fact: Fact::Replaces(&one.by, &one.target),
            })
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// Nearer catalogues before others, earlier days before later ones, days before none.
    fn weightiest(&self, said: Vec<Said<'k>>) -> Option<Said<'k>> {
        said.into_iter().min_by(|a, b| {
            let weight = |said: &Said<'k>| {
                let entry = said.fact.entry();
                (self.known_by(entry), said.on.is_none(), said.on, &entry.entry_id)
            };
            weight(a).cmp(&weight(b))
        })
    }

    fn known_by(&self, row: &Entry) -> KnownBy {
        if row.owner == self.owner {
            KnownBy::Own
        } else if Divisions::built_in().reaches(&row.owner, self.owner) {
            KnownBy::Above
        } else {
            KnownBy::Other
        }
    }

    fn event(&self, drift: Drift, said: Said<'k>) -> Event<'k> {
        Event {
            drift,
            on: said.on,
            known_by: self.known_by(said.fact.entry()),
            fact: Some(said.fact),
            successors: self.successors(),
        }
    }

    /// What replaces it, each standard once, from the nearest catalogue that has it.
    fn successors(&self) -> Vec<&'k Entry> {
        let mut by: Vec<&Entry> = self.replacements().map(|said| said.fact.entry()).collect();
        by.sort_by(|a, b| {
            (&a.sort_number, self.known_by(a), &a.entry_id).cmp(&(
                &b.sort_number,
                self.known_by(b),
                &b.entry_id,
            ))
        });
        by.dedup_by(|a, b| a.entry_id == b.entry_id || (a.number.is_some() && a.number == b.number));
        by
    }
}

/// Amendments share a number with what they amend and are no edition of it.
fn is_edition(row: &Entry) -> bool {
    let number = row
        .number
        .as_deref()
        .and_then(|number| number::parse(number).ok());
    number.is_some_and(|number| number.amendment.is_none())
}

fn day(words: Option<&String>) -> Option<NaiveDate> {
    words.and_then(|words| parse_date(words))
}

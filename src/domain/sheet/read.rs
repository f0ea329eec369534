//! Reading rows: labels become terms, separated texts lists, days days. What cannot be read is named, cell by cell.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::domain::mapping;
use crate::domain::sheet::column::{ClaimPart, Column, Fact, Holds, PlacePart, Vocabulary};
use crate::domain::sheet::edit::{CellFault, Edit, Own};
use crate::domain::sheet::grid::{GridRow, Raw};
use crate::domain::sheet::header::Header;
use crate::domain::sheet::phrase::{items, phrases};
use crate::domain::sheet::{place, relation};
use crate::domain::text::Text;
use crate::text;

/// Reads a row under its header, for the catalogue of `owner`.
pub fn row(row: &GridRow, header: &Header, owner: Option<&str>) -> Edit {
    let mut reader = Reader {
        edit: Edit {
            row: row.number,
            ..Edit::default()
        },
        owner,
        own: Map::new(),
        has_own: false,
    };
    for (place, column) in header.named() {
        let raw = row.cells.get(place).unwrap_or(&Raw::Empty);
        if let Err((code, detail)) = reader.cell(column, raw) {
            reader.edit.faults.push(CellFault {
                place,
                pointer: pointer(column),
                code,
                detail,
            });
        }
    }
    reader.finish()
}

type Refusal = (&'static str, Text);

struct Reader<'r> {
    edit: Edit,
    owner: Option<&'r str>,
    /// Parts of the place in columns of its own.
    own: Map<String, Value>,
    has_own: bool,
}

impl Reader<'_> {
    fn cell(&mut self, column: &Column, raw: &Raw) -> Result<(), Refusal> {
        if let Raw::Failed(error) = raw {
            let detail = text!("公式没有结果：{error}", "a formula without a result: {error}");
            return Err(("failed_formula", detail));
        }
        let name = column.name;
        match column.holds {
            Holds::Computed(Fact::Withdrawn) => {
                let words = raw.words().to_lowercase();
                self.edit.withdrawn = matches!(words.as_str(), "true" | "是" | "yes" | "1");
            }
            Holds::Computed(_) => {}
            Holds::Id => self.edit.id = read_id(raw)?,
            Holds::Revision => self.edit.revision = read_integer(raw)?,
            Holds::Owner => self.check_owner(raw)?,
            Holds::Text => self.set(name, text(raw)),
            Holds::Day => self.set(name, read_day(raw)?),
            Holds::Term(vocabulary) => self.set(name, read_term(vocabulary, raw)?),
            Holds::Terms(vocabulary) => {
                let cells = items(&raw.words()).into_iter().map(Raw::Text);
                let terms: Result<Vec<Value>, Refusal> =
                    cells.map(|cell| read_term(vocabulary, &cell)).collect();
                self.set(name, list(terms?));
            }
            Holds::List => {
                let texts = items(&raw.words()).into_iter().map(Value::from);
                self.set(name, list(texts.collect()));
            }
            Holds::Claim(part) => {
                let (member, value) = match part {
                    ClaimPart::Value => ("value", read_term(Vocabulary::Validity, raw)?),
                    ClaimPart::Source => ("source", text(raw)),
                    ClaimPart::On => ("on", read_day(raw)?),
                };
                self.edit.claim.insert(member.to_owned(), value);
            }
            Holds::Place(part) => self.place(part, raw)?,
            Holds::Places => {
                let places = phrases(&raw.words()).into_iter().map(place::read);
                self.edit.places.others.get_or_insert_default().extend(places);
            }
            Holds::Relations(relation_type) => {
                let relations = phrases(&raw.words())
                    .into_iter()
                    .map(|phrase| relation::read(relation_type, phrase));
                let known = self.edit.relations.entry(relation_type).or_default();
                known.extend(relations);
            }
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: Value) {
        self.edit.members.insert(name.to_owned(), value);
    }

    /// A table of several catalogues is imported one by one.
    fn check_owner(&self, raw: &Raw) -> Result<(), Refusal> {
        let found = raw.words();
        match self.owner {
            Some(owner) if !found.is_empty() && found != owner => Err((
                "another_owner",
                text!(
                    "此行属于 {found} 的目录，不属于 {owner}",
                    "this row is of the catalogue of {found}, not of {owner}"
                ),
            )),
            _ => Ok(()),
        }
    }

    fn place(&mut self, part: PlacePart, raw: &Raw) -> Result<(), Refusal> {
        self.has_own |= matches!(
            part,
            PlacePart::Subsystem | PlacePart::Dimension | PlacePart::Node
        );
        if raw.is_blank() {
            return Ok(());
        }
        let name = match part {
            PlacePart::Framework => "framework",
            PlacePart::Subsystem => place::SUBSYSTEM,
            PlacePart::Dimension => place::DIMENSION,
            PlacePart::Node => "node",
            PlacePart::Code => "code",
            PlacePart::Order => "order",
        };
        let value = match part {
            PlacePart::Order => read_integer(raw)?.into(),
            _ => raw.words().into(),
        };
        self.own.insert(name.to_owned(), value);
        Ok(())
    }

    fn finish(mut self) -> Edit {
        if self.has_own {
            let framework = self.own.remove("framework");
            let framework = framework.unwrap_or_else(|| json!(place::DEFAULT_FRAMEWORK));
            let mut cell = Map::new();
            for axis in [place::SUBSYSTEM, place::DIMENSION] {
                cell.extend(self.own.remove_entry(axis));
            }
            let is_empty = cell.is_empty() && self.own.is_empty();
            let framework_words = framework.as_str().unwrap_or_default().to_owned();
            self.own.insert("framework".to_owned(), framework);
            self.own.insert("cell".to_owned(), cell.into());
            self.edit.places.own = Some(Own {
                framework: framework_words,
                place: (!is_empty).then_some(Value::Object(self.own)),
            });
        }
        self.edit
    }
}

fn text(raw: &Raw) -> Value {
    if raw.is_blank() {
        return Value::Null;
    }
    raw.words().into()
}

/// An empty list is no list.
fn list(items: Vec<Value>) -> Value {
    if items.is_empty() {
        return Value::Null;
    }
    items.into()
}

fn read_id(raw: &Raw) -> Result<Option<Uuid>, Refusal> {
    let words = raw.words();
    if words.is_empty() {
        return Ok(None);
    }
    Uuid::try_parse(&words).map(Some).map_err(|_| {
        let detail = text!(
            "「{words}」不是条目标识（UUID）",
            "\"{words}\" is no entry id (a UUID)"
        );
        ("not_a_uuid", detail)
    })
}

fn read_integer(raw: &Raw) -> Result<Option<i64>, Refusal> {
    let words = raw.words();
    if words.is_empty() {
        return Ok(None);
    }
    words.parse().map(Some).map_err(|_| {
        let detail = text!("「{words}」不是整数", "\"{words}\" is no integer");
        ("not_an_integer", detail)
    })
}

fn read_term(vocabulary: Vocabulary, raw: &Raw) -> Result<Value, Refusal> {
    let words = raw.words();
    if words.is_empty() {
        return Ok(Value::Null);
    }
    match vocabulary.find(&words) {
        Some(term) => Ok(json!(term.id)),
        None => {
            let detail = text!("「{words}」不在可选值之中", "\"{words}\" is none of the values");
            Err(("unknown_value", detail))
        }
    }
}

fn read_day(raw: &Raw) -> Result<Value, Refusal> {
    let day = match raw {
        Raw::Day(day) => Some(*day),
        // 20180701, or a day whose cell lost its format.
        Raw::Number(number) => mapping::date(&number.to_string()).or_else(|| day_of_serial(*number)),
        _ => {
            let words = raw.words();
            if words.is_empty() {
                return Ok(Value::Null);
            }
            mapping::date(&words)
        }
    };
    match day {
        Some(day) => Ok(json!(day.to_string())),
        None => {
            let words = raw.words();
            Err((
                "not_a_date",
                text!("「{words}」不是日期", "\"{words}\" is not a date"),
            ))
        }
    }
}

/// The day a spreadsheet counts from its epoch; earlier ones it miscounts.
pub fn day_of_serial(serial: f64) -> Option<chrono::NaiveDate> {
    const FIRST: f64 = 61.0;
    const LAST: f64 = 2_958_465.0;
    if !(FIRST..LAST + 1.0).contains(&serial) {
        return None;
    }
    let epoch = chrono::NaiveDate::from_ymd_opt(1899, 12, 30)?;
    let days = format!("{:.0}", serial.floor()).parse().ok()?;
    epoch.checked_add_days(chrono::Days::new(days))
}

/// Where a column's value stands in content.
fn pointer(column: &Column) -> String {
    match column.holds {
        Holds::Claim(ClaimPart::Value) => "/claimed_status/value".to_owned(),
        Holds::Claim(ClaimPart::Source) => "/claimed_status/source".to_owned(),
        Holds::Claim(ClaimPart::On) => "/claimed_status/on".to_owned(),
        Holds::Place(_) | Holds::Places => "/placements".to_owned(),
        Holds::Relations(_) => "/relations".to_owned(),
        _ => format!("/{}", column.name),
    }
}

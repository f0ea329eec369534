//! Two catalogues beside each other, or one at two moments: cell by cell in numbers, and standard by standard.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use crate::domain::coverage::Standing;
use crate::domain::framework::FrameworkContent;
use crate::domain::framework::matrix::{Counted, Matrix};
use crate::domain::likeness::Groups;
use crate::domain::number::sort_key_of;
use crate::domain::problem::Problem;
use crate::registry::moment::Moment;
use crate::registry::read::coverage::{self, Cell, Placed, Row, cell_label, read_cell};
use crate::registry::read::filter::Filters;
use crate::store::pool::Snapshot;

/// One side of a comparison.
pub struct Side {
    pub filters: Filters,
    pub moment: Moment,
}

/// A standard and how the sides have it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ComparedStandard {
    pub standing: Standing,
    #[schema(example = "GB 38600-2019")]
    pub number: Option<String>,
    #[schema(example = "养老机构服务安全基本规范")]
    pub title: String,
    /// In what the sides differ.
    #[schema(example = json!(["placements"]))]
    pub differs: Vec<&'static str>,
    pub this: Option<SideOfStandard>,
    pub with: Option<SideOfStandard>,
}

/// How one side has a standard. A side with several rows of it has all their values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SideOfStandard {
    /// The rows, by their ids.
    #[schema(example = json!(["01938f5e-7b1a-7000-8000-000000000001"]))]
    pub ids: BTreeSet<String>,
    #[schema(example = json!(["370214"]))]
    pub owners: BTreeSet<String>,
    #[schema(example = json!(["GB 38600-2019"]))]
    pub numbers: BTreeSet<String>,
    #[schema(example = json!(["referenced"]))]
    pub origins: BTreeSet<String>,
    #[schema(example = json!(["existing"]))]
    pub supplies: BTreeSet<String>,
    #[schema(example = json!(["in_force"]))]
    pub validities: BTreeSet<String>,
    /// Cells in words.
    #[schema(example = json!(["老有颐养 · 过程均等"]))]
    pub placements: BTreeSet<String>,
}

/// How many rows the sides have in a cell.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ComparedCell {
    #[schema(example = json!({"subsystem": "老有颐养", "dimension": "process"}))]
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub cell: Cell,
    #[schema(example = "老有颐养 · 过程均等")]
    pub label: String,
    pub this: CellCount,
    pub with: CellCount,
    /// `this` less `with`, in different standards.
    #[schema(example = -2)]
    pub difference: i64,
}

/// Rows of one side, and how many different standards they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CellCount {
    #[schema(example = 3)]
    pub rows: u64,
    #[schema(example = 3)]
    pub distinct: u64,
}

/// What a comparison comes to.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ComparisonSummary {
    /// Every cell of the framework as the later side has it.
    pub cells: Vec<ComparedCell>,
    /// All rows of both sides, placed or not.
    pub totals: ComparedTotal,
    /// How many standards stand how.
    pub standings: Vec<StandingCount>,
}

/// Both sides whole.
#[derive(Clone, Copy, Debug, Serialize, utoipa::ToSchema)]
pub struct ComparedTotal {
    pub this: CellCount,
    pub with: CellCount,
}

/// How many standards stand in one way.
#[derive(Clone, Copy, Debug, Serialize, utoipa::ToSchema)]
pub struct StandingCount {
    pub standing: Standing,
    #[schema(example = 12)]
    pub count: usize,
}

/// A comparison whole.
pub struct Comparison {
    pub summary: ComparisonSummary,
    /// In the order of numbers.
    pub standards: Vec<ComparedStandard>,
}

/// Compares two sides along a framework.
pub fn compare(
    snapshot: &mut Snapshot,
    framework: &FrameworkContent,
    this: &Side,
    with: &Side,
) -> Result<Comparison, Problem> {
    let mut load = |side: &Side| {
        coverage::rows(
            snapshot,
            &side.filters,
            &framework.slug,
            &Placed::OrNot,
            &side.moment,
        )
    };
    let (this, with) = (load(this)?, load(with)?);
    let cells = Cells::of(framework, this.iter().chain(&with))?;
    let (this_matrix, with_matrix) = (cells.count(framework, &this), cells.count(framework, &with));
    let standards = standards(&this, &with, &cells);
    let standings = [
        Standing::OnlyThis,
        Standing::OnlyWith,
        Standing::Differs,
        Standing::Both,
    ];
    Ok(Comparison {
        summary: ComparisonSummary {
            cells: beside(framework, &this_matrix, &with_matrix),
            totals: ComparedTotal {
                this: whole(&this),
                with: whole(&with),
            },
            standings: standings
                .into_iter()
                .map(|standing| StandingCount {
                    standing,
                    count: standards.iter().filter(|one| one.standing == standing).count(),
                })
                .collect(),
        },
        standards,
    })
}

/// The cells that rows stand in, read once each.
struct Cells<'r>(HashMap<&'r str, (Cell, String)>);

impl<'r> Cells<'r> {
    fn of(framework: &FrameworkContent, rows: impl Iterator<Item = &'r Row>) -> Result<Self, Problem> {
        let mut cells = HashMap::new();
        for words in rows.filter_map(|row| row.cell.as_deref()) {
            if !cells.contains_key(words) {
                let cell = read_cell(words)?;
                let label = cell_label(framework, &cell);
                cells.insert(words, (cell, label));
            }
        }
        Ok(Self(cells))
    }

    fn count(&self, framework: &FrameworkContent, rows: &[Row]) -> Matrix {
        let counted = rows.iter().map(|row| Counted {
            entry: row.from_position,
            number: row.number.as_deref(),
            cell: row
                .cell
                .as_deref()
                .and_then(|cell| self.0.get(cell))
                .map(|(cell, _)| cell),
            origin: None,
            level: None,
            supply: None,
            validity: None,
        });
        Matrix::count(framework, counted, &[])
    }

    fn label(&self, row: &Row) -> Option<&str> {
        let (_, label) = self.0.get(row.cell.as_deref()?)?;
        Some(label)
    }
}

fn beside(framework: &FrameworkContent, this: &Matrix, with: &Matrix) -> Vec<ComparedCell> {
    let count = |matrix: &Matrix, cell: &Cell| {
        let found = matrix.cells.iter().find(|found| found.cell == *cell);
        found.map_or_else(CellCount::default, |found| CellCount {
            rows: found.count.rows,
            distinct: found.count.distinct,
        })
    };
    // A cell of a retired value is listed only where rows stand in it, which may be so on one side.
    let mut cells: Vec<&Cell> = this.cells.iter().map(|cell| &cell.cell).collect();
    for cell in &with.cells {
        if !cells.contains(&&cell.cell) {
            cells.push(&cell.cell);
        }
    }
    cells
        .into_iter()
        .map(|cell| {
            let (this, with) = (count(this, cell), count(with, cell));
            ComparedCell {
                label: cell_label(framework, cell),
                cell: cell.clone(),
                this,
                with,
                difference: this.distinct.cast_signed() - with.distinct.cast_signed(),
            }
        })
        .collect()
}

fn whole(rows: &[Row]) -> CellCount {
    let entries: BTreeSet<&str> = rows.iter().map(|row| row.entry_id.as_str()).collect();
    let standards: BTreeSet<&str> = rows.iter().map(Row::standard).collect();
    CellCount {
        rows: entries.len() as u64,
        distinct: standards.len() as u64,
    }
}

/// Rows of one entry or of one number are one standard, on either side: so a row that was renumbered between two
/// moments is still the same.
fn standards(this: &[Row], with: &[Row], cells: &Cells) -> Vec<ComparedStandard> {
    let all: Vec<&Row> = this.iter().chain(with).collect();
    let mut groups = Groups::new(all.len());
    let mut first_of: HashMap<&str, usize> = HashMap::new();
    for (place, row) in all.iter().enumerate() {
        for key in [Some(row.entry_id.as_str()), row.number.as_deref()]
            .into_iter()
            .flatten()
        {
            groups.join(*first_of.entry(key).or_insert(place), place);
        }
    }
    let mut standards: Vec<(usize, ComparedStandard)> = groups
        .gathered()
        .into_iter()
        .filter_map(|places| {
            let side = |mine: &dyn Fn(usize) -> bool| {
                let rows: Vec<&Row> = places
                    .iter()
                    .filter(|place| mine(**place))
                    .filter_map(|place| all.get(*place).copied())
                    .collect();
                (!rows.is_empty()).then(|| side_of(&rows, cells))
            };
            let first = all.get(*places.first()?)?;
            let one = compared(
                first,
                side(&|place| place < this.len()),
                side(&|place| place >= this.len()),
            );
            Some((*places.first()?, one))
        })
        .collect();
    // Each side comes in the order of numbers; together they need to be put in it again.
    standards.sort_by_cached_key(|(place, one)| {
        (
            one.number.is_none(),
            one.number.as_deref().map(sort_key_of),
            *place,
        )
    });
    standards.into_iter().map(|(_, one)| one).collect()
}

fn side_of(rows: &[&Row], cells: &Cells) -> SideOfStandard {
    let mut side = SideOfStandard::default();
    for row in rows {
        side.ids.insert(row.entry_id.clone());
        side.owners.insert(row.owner.clone());
        side.numbers.extend(row.number.clone());
        side.origins.extend(row.origin.clone());
        side.supplies.extend(row.supply.clone());
        side.validities.extend(row.validity.clone());
        side.placements.extend(cells.label(row).map(str::to_owned));
    }
    side
}

fn compared(first: &Row, this: Option<SideOfStandard>, with: Option<SideOfStandard>) -> ComparedStandard {
    let differs = match (&this, &with) {
        (Some(this), Some(with)) => differences(this, with),
        _ => Vec::new(),
    };
    ComparedStandard {
        standing: match (&this, &with) {
            (Some(_), None) => Standing::OnlyThis,
            (None, _) => Standing::OnlyWith,
            (Some(_), Some(_)) if differs.is_empty() => Standing::Both,
            (Some(_), Some(_)) => Standing::Differs,
        },
        number: first.number.clone(),
        title: first.title.clone(),
        differs,
        this,
        with,
    }
}

fn differences(this: &SideOfStandard, with: &SideOfStandard) -> Vec<&'static str> {
    let facts = [
        ("number", this.numbers != with.numbers),
        ("origin", this.origins != with.origins),
        ("supply", this.supplies != with.supplies),
        ("validity", this.validities != with.validities),
        ("placements", this.placements != with.placements),
    ];
    facts
        .into_iter()
        .filter(|(_, differ)| *differ)
        .map(|(name, _)| name)
        .collect()
}

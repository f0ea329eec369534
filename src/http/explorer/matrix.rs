//! A framework: its matrix as a heat map, its nodes, its history.

use actix_web::HttpRequest;
use askama::Template;

use crate::domain::framework::matrix::{Breakdown, Matrix};
use crate::domain::framework::{FrameworkContent, content::Node};
use crate::domain::problem::{Problem, ProblemType};
use crate::domain::vocabulary::Kind;
use crate::http::explorer::address::Address;
use crate::http::explorer::facets::{self, Condition, title};
use crate::http::explorer::frame::{Frame, Section};
use crate::http::explorer::frameworks::framework_title;
use crate::http::explorer::grid::{Drawing, Grid};
use crate::http::explorer::heat::Shown;
use crate::http::explorer::owners::{self, Owner};
use crate::http::explorer::page::{Desk, Page, rendered};
use crate::http::explorer::review;
use crate::http::explorer::row::Standing;
use crate::http::explorer::sheets;
use crate::http::explorer::timeline::{self, Revision};
use crate::http::frameworks::name;
use crate::http::params::Params;
use crate::http::standards::query;
use crate::registry::read::filter::Filters;
use crate::registry::read::history::{self, Name};
use crate::registry::read::view::EntryView;
use crate::registry::read::{frameworks, matrix, places, view};

/// What the matrix page is asked for.
pub struct Asked {
    framework: Name,
    by: Option<Breakdown>,
    down: Option<String>,
    across: Option<String>,
    filters: Filters,
}

#[derive(Template)]
#[template(path = "matrix.html")]
struct MatrixPage {
    frame: Frame,
    framework: FrameworkContent,
    status: Option<Standing>,
    grid: Grid,
    unplaced: u64,
    total: u64,
    switch: Vec<(&'static str, Address, bool)>,
    legend: Vec<(&'static str, &'static str)>,
    axes: Vec<(String, Address, bool)>,
    owners: Vec<Owner>,
    conditions: Vec<Condition>,
    branches: Vec<Branch>,
    revisions: Vec<Revision>,
    entry: EntryView,
    /// The pages that take stock of the same rows.
    reviews: Vec<(&'static str, Address)>,
    downloads: Vec<(&'static str, Address)>,
}

/// Nodes below one axis value.
struct Branch {
    value: String,
    nodes: Vec<Leaf>,
}

/// A node with the list of what stands there.
struct Leaf {
    title: String,
    depth: usize,
    retired: bool,
    href: Address,
}

impl Page for Asked {
    const SECTION: Section = Section::Matrix;

    fn ask(request: &HttpRequest, params: &mut Params) -> Result<Self, Problem> {
        let framework = request.match_info().get("framework").unwrap_or_default();
        Ok(Self {
            framework: name(framework),
            by: params.term::<Breakdown>("by"),
            down: params.text("down", 100),
            across: params.text("across", 100),
            filters: query::filters(params),
        })
    }

    fn write(mut self, desk: &mut Desk) -> Result<String, Problem> {
        let version = history::version_at(desk.snapshot, Kind::Framework, &self.framework, desk.at.at)?;
        let content = frameworks::open(desk.snapshot, desk.cache, &version)?;
        places::settle(&mut self.filters, desk.snapshot, desk.cache, &desk.at)?;
        let by = [Breakdown::Origin, Breakdown::Supply];
        let counted = matrix::count(desk.snapshot, &content, &self.filters, &by, &desk.at)?;
        let owners = owners::choices(desk)?;
        let revisions = timeline::of(desk, &version)?;
        let shown = view::show(desk.snapshot, desk.cache, &[version], &desk.at)?;
        let entry = shown
            .into_iter()
            .next()
            .ok_or_else(|| Problem::internal("a framework was not shown"))?;
        let frame = desk.frame.clone();
        let shown = Shown::of(self.by);
        let narrowed = narrowed(&frame);
        let drawing = Drawing {
            frame: &frame,
            slug: &content.slug,
            shown,
            narrowed: &narrowed,
        };
        let page = MatrixPage {
            status: Standing::of_framework(&frame, &entry),
            grid: self.grid(&drawing, &counted)?,
            unplaced: counted.unplaced.rows,
            total: counted.total.rows,
            switch: switch(&frame, shown),
            legend: shown.legend(&frame),
            axes: self.axes(&frame, &counted),
            owners,
            conditions: facets::conditions(&frame, Some(&content)),
            branches: branches(&drawing, &content),
            revisions,
            reviews: review::links(&frame, Some(&content.slug)),
            downloads: downloads(&frame, &content.slug),
            framework: content,
            entry,
            frame: frame.clone(),
        };
        rendered(&page)
    }
}

impl MatrixPage {
    fn title(&self) -> &str {
        framework_title(&self.frame, &self.framework)
    }
}

impl Asked {
    /// Which axis goes down and which across; by default the first two.
    fn grid(&self, drawing: &Drawing, matrix: &Matrix) -> Result<Grid, Problem> {
        let named = |id: &Option<String>| {
            let id = id.as_deref()?;
            matrix.axes.iter().find(|axis| axis.id == id)
        };
        let down = named(&self.down).or(matrix.axes.first());
        let down = down.ok_or_else(|| Problem::internal("a framework without axes"))?;
        let across = named(&self.across).filter(|axis| axis.id != down.id);
        let across = across.or_else(|| matrix.axes.iter().find(|axis| axis.id != down.id));
        // Pairs of more than three axes are not counted together.
        let across = across.filter(|_| matrix.axes.len() <= 3);
        Ok(Grid::draw(drawing, matrix, down, across))
    }

    /// With three axes or more: which pair to look at.
    fn axes(&self, frame: &Frame, matrix: &Matrix) -> Vec<(String, Address, bool)> {
        let axes = &matrix.axes;
        if axes.len() < 3 {
            return Vec::new();
        }
        let first = |chosen: &Option<String>, index: usize| {
            let default = axes.get(index).map(|axis| axis.id.clone());
            chosen.clone().or(default).unwrap_or_default()
        };
        let (down_now, across_now) = (first(&self.down, 0), first(&self.across, 1));
        let mut pairs = Vec::new();
        for (index, down) in axes.iter().enumerate() {
            for across in axes.iter().skip(index + 1) {
                let words = format!("{} × {}", title(frame, down), title(frame, across));
                let href = frame
                    .here
                    .clone()
                    .with("down", &*down.id)
                    .with("across", &*across.id);
                let chosen = down.id == down_now && across.id == across_now;
                pairs.push((words, href, chosen));
            }
        }
        pairs
    }
}

/// A framework as it stands at the page's moment, unless there is none or its content is gone.
pub fn framework_at(desk: &mut Desk, slug: &str) -> Result<Option<FrameworkContent>, Problem> {
    let name = Name::Slug(slug.to_owned());
    let opened = history::version_at(desk.snapshot, Kind::Framework, &name, desk.at.at)
        .and_then(|version| frameworks::open(desk.snapshot, desk.cache, &version));
    match opened {
        Ok(content) => Ok(Some(content)),
        Err(problem) if matches!(problem.kind, ProblemType::NotFound | ProblemType::Redacted) => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// The conditions on the rows counted, without what only this page knows.
fn narrowed(frame: &Frame) -> Vec<(String, String)> {
    let pairs = frame.here.pairs().iter();
    pairs
        .filter(|(name, _)| facets::is_condition(name))
        .cloned()
        .collect()
}

fn switch(frame: &Frame, shown: Shown) -> Vec<(&'static str, Address, bool)> {
    let choices = Shown::ALL.iter().map(|choice| {
        let here = frame.here.clone();
        let href = match choice.by() {
            None => here.without(&["by"]),
            Some(by) => here.with("by", by),
        };
        (choice.label(frame), href, *choice == shown)
    });
    choices.collect()
}

fn branches(drawing: &Drawing, content: &FrameworkContent) -> Vec<Branch> {
    let mut branches: Vec<Branch> = Vec::new();
    for axis in &content.axes {
        for value in &axis.values {
            let mut nodes = Vec::new();
            let roots = content.nodes.iter().filter(|node| {
                node.parent.is_none() && content.hangs_under(node) == Some((&axis.id, &value.id))
            });
            for root in roots {
                descend(drawing, content, root, 0, &mut nodes);
            }
            if !nodes.is_empty() {
                branches.push(Branch {
                    value: title(drawing.frame, value).to_owned(),
                    nodes,
                });
            }
        }
    }
    branches
}

fn descend(drawing: &Drawing, content: &FrameworkContent, node: &Node, depth: usize, leaves: &mut Vec<Leaf>) {
    leaves.push(Leaf {
        title: title(drawing.frame, node).to_owned(),
        depth,
        retired: node.retired,
        href: drawing
            .rows_in(&std::collections::BTreeMap::new())
            .plus("node", &*node.id),
    });
    let children = content
        .nodes
        .iter()
        .filter(|child| child.parent.as_deref() == Some(&node.id));
    for child in children {
        descend(drawing, content, child, depth + 1, leaves);
    }
}

fn downloads(frame: &Frame, slug: &str) -> Vec<(&'static str, Address)> {
    let here = frame.here.clone().without(&["down", "across"]);
    sheets::forms(frame, &here.at(format!("/v1/frameworks/{slug}/matrix")))
}

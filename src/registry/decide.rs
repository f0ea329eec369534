//! The rules of a single change, checked against the state and staged when all of them hold.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::domain::division::Divisions;
use crate::domain::draft;
use crate::domain::fault::Faults;
use crate::domain::permission::{Grant, Scope};
use crate::domain::problem::{Problem, ProblemType};
use crate::domain::standard;
use crate::domain::term::Term;
use crate::domain::vocabulary::{Action, Kind};
use crate::log::envelope::Note;
use crate::registry::operation::{Change, Effect, Expected, Operation, Target, Words, Written};
use crate::registry::sealed::{Content, Matter, Sealed};
use crate::registry::state::{Current, Key, Since, Staged, State, keys_under};
use crate::registry::{framework_rules, standard_rules};
use crate::text;

/// Who writes, and in which request.
#[derive(Clone, Debug)]
pub struct Author {
    pub grant: Grant,
    pub request: String,
}

/// The revision an operation would make of an entry.
pub struct Proposal {
    pub kind: Kind,
    pub owner: String,
    pub content: Matter,
    pub action: Action,
    pub withdrawn: bool,
}

/// Checks one operation and stages what it asks for.
pub fn decide(state: &mut State, author: &Author, operation: &Operation) -> Result<Written, Problem> {
    author.grant.require_scope(scope_for(operation.kind))?;
    if let Change::Create { owner, content } = &operation.change {
        return create(state, author, operation, owner, content);
    }
    let current = find(state, operation)?;
    require_reach(&author.grant, &current.owner)?;
    check_expected(&operation.expected, &current)?;
    let proposal = propose(state, operation, &current)?;
    if proposal.owner != current.owner {
        require_reach(&author.grant, &proposal.owner)?;
    }
    let same = proposal.owner == current.owner
        && proposal.withdrawn == current.withdrawn
        && current.content.is_some()
        && proposal.content.sha256() == current.content_sha256;
    if same {
        return Ok(Written {
            id: current.id,
            kind: current.kind,
            revision: current.revision,
            effect: Effect::Unchanged,
            position: 0,
        });
    }
    require_reason(&operation.words)?;
    stage(
        state,
        author,
        &operation.words,
        Some(&current),
        current.id,
        proposal,
    )
}

pub fn scope_for(kind: Kind) -> Scope {
    match kind {
        Kind::Standard => Scope::StandardsWrite,
        Kind::Framework => Scope::FrameworksWrite,
    }
}

pub fn require_reach(grant: &Grant, division: &str) -> Result<(), Problem> {
    grant.require_reach(division, &|granted, code| {
        Divisions::built_in().reaches(granted, code)
    })
}

fn create(
    state: &mut State,
    author: &Author,
    operation: &Operation,
    owner: &str,
    content: &Arc<Sealed>,
) -> Result<Written, Problem> {
    require_reach(&author.grant, owner)?;
    let Target::Id(id) = operation.target else {
        return Err(Problem::internal("a creation must name its id"));
    };
    if let Some(current) = state.entry(id)? {
        return Err(precondition_failed(&current));
    }
    let proposal = Proposal {
        kind: operation.kind,
        owner: owner.to_owned(),
        content: Matter::Whole(Arc::clone(content)),
        action: Action::Create,
        withdrawn: false,
    };
    stage(state, author, &operation.words, None, id, proposal)
}

fn find(state: &mut State, operation: &Operation) -> Result<Current, Problem> {
    let id = match &operation.target {
        Target::Id(id) => Some(*id),
        Target::Slug(slug) => state.bearer(&Key::Slug(slug.clone()))?,
    };
    let found = match id {
        Some(id) => state.entry(id)?,
        None => None,
    };
    found
        .filter(|current| current.kind == operation.kind)
        .ok_or_else(|| {
            let (zh, en) = (operation.kind.zh(), operation.kind.en().to_lowercase());
            Problem::new(ProblemType::NotFound, text!("没有此{zh}", "no such {en}"))
        })
}

/// What the sender believed must still hold: this is what keeps two editors from overwriting one another.
fn check_expected(expected: &Expected, current: &Current) -> Result<(), Problem> {
    if expected.holds_for(current.revision) {
        Ok(())
    } else {
        Err(precondition_failed(current))
    }
}

pub fn precondition_failed(current: &Current) -> Problem {
    is_revised(&current.id.to_string(), current.revision)
}

/// The refusal of a change that rests on another revision than the current one.
pub fn is_revised(id: &str, revision: i64) -> Problem {
    Problem::new(
        ProblemType::PreconditionFailed,
        text!(
            "当前为第 {revision} 版，与请求所依据的版本不符",
            "the current revision is {revision}, not the one the request rests on"
        ),
    )
    .with("current_revision", revision)
    .with("id", id)
}

fn propose(state: &mut State, operation: &Operation, current: &Current) -> Result<Proposal, Problem> {
    match &operation.change {
        Change::Create { .. } => Err(Problem::internal("a creation is decided elsewhere")),
        Change::Put {
            owner,
            content,
            action,
        } => Ok(Proposal {
            kind: current.kind,
            owner: owner.clone(),
            content: Matter::Whole(Arc::clone(content)),
            action: if current.withdrawn {
                Action::Restore
            } else {
                (*action).into()
            },
            withdrawn: false,
        }),
        Change::Patch {
            owner,
            content,
            action,
        } => {
            let base = live_content(current)?;
            let content = match content {
                Some(patch) => merged(current.kind, &base, patch)?,
                None => base,
            };
            Ok(Proposal {
                kind: current.kind,
                owner: owner.clone().unwrap_or_else(|| current.owner.clone()),
                content: Matter::Whole(content),
                action: (*action).into(),
                withdrawn: false,
            })
        }
        Change::Place {
            framework,
            placements,
            action,
        } => {
            let base = live_content(current)?;
            let content = standard_rules::with_placements(state, &base, framework, placements)?;
            Ok(Proposal {
                kind: current.kind,
                owner: current.owner.clone(),
                content: Matter::Whole(content),
                action: (*action).into(),
                withdrawn: false,
            })
        }
        Change::Withdraw => {
            require_live(current)?;
            if let Some(content) = &current.content {
                framework_rules::check_withdrawal(state, content)?;
            }
            Ok(Proposal {
                kind: current.kind,
                owner: current.owner.clone(),
                content: state.matter_of(current)?,
                action: Action::Withdraw,
                withdrawn: true,
            })
        }
    }
}

/// A withdrawn entry has to be restored first.
fn require_live(current: &Current) -> Result<(), Problem> {
    if current.withdrawn {
        let revision = current.revision;
        return Err(Problem::new(
            ProblemType::Withdrawn,
            text!(
                "条目已于第 {revision} 版移出目录",
                "the entry was withdrawn by revision {revision}"
            ),
        )
        .with("revision", revision)
        .with("id", current.id.to_string()));
    }
    Ok(())
}

/// The content a change builds on; an erased one has to be written anew.
fn live_content(current: &Current) -> Result<Arc<Sealed>, Problem> {
    require_live(current)?;
    current.content.clone().ok_or_else(|| {
        Problem::new(
            ProblemType::Conflict,
            text!(
                "当前版本的内容已依法删除，请以 PUT 提交完整内容",
                "the current content was erased for a legal reason; send the whole content by PUT"
            ),
        )
    })
}

fn merged(kind: Kind, base: &Sealed, patch: &Value) -> Result<Arc<Sealed>, Problem> {
    let base = base.value()?;
    let merged = match kind {
        Kind::Standard => standard::merge(&base, patch),
        Kind::Framework => draft::merge(&base, patch),
    };
    let mut faults = Faults::default();
    let content = Content::read(kind, &merged, "/content", &mut faults);
    match content {
        Some(content) if faults.is_empty() => Sealed::new(content).map(Arc::new),
        _ => Err(Problem::invalid(faults)),
    }
}

fn require_reason(words: &Words) -> Result<(), Problem> {
    if words.reason.is_some() {
        return Ok(());
    }
    let mut faults = Faults::default();
    faults.push(
        "/reason",
        "required",
        text!("修改须说明理由", "a change must say why"),
    );
    Err(Problem::invalid(faults))
}

/// The last step of every accepted change: the kind's own rules, the keys, then the revision itself.
pub fn stage(
    state: &mut State,
    author: &Author,
    words: &Words,
    current: Option<&Current>,
    id: Uuid,
    proposal: Proposal,
) -> Result<Written, Problem> {
    let content = match proposal.content {
        Matter::Whole(sealed) if !proposal.withdrawn => {
            let before = current.and_then(|current| current.content.as_deref());
            let settled = settle(state, &proposal.owner, sealed, before)?;
            refuse_erased(state, &settled)?;
            Matter::Whole(settled)
        }
        kept => kept,
    };
    // Ids for titles may have made the content equal to what is there.
    if let Some(current) = current
        && !current.withdrawn
        && !proposal.withdrawn
        && current.content.is_some()
        && current.owner == proposal.owner
        && current.content_sha256 == content.sha256()
    {
        return Ok(Written {
            id,
            kind: current.kind,
            revision: current.revision,
            effect: Effect::Unchanged,
            position: 0,
        });
    }
    if let (Matter::Whole(sealed), false) = (&content, proposal.withdrawn) {
        check_keys(state, id, &proposal.owner, sealed)?;
    }
    let revision = current.map_or(1, |current| current.revision + 1);
    state.stage(Staged {
        id,
        kind: proposal.kind,
        revision,
        action: proposal.action,
        owner: proposal.owner,
        actor: author.grant.subject.clone(),
        request: author.request.clone(),
        withdrawn: proposal.withdrawn,
        content,
        note: Note::new(words.reason.clone(), words.basis.clone(), salt()?),
        supersedes: current.map(|current| current.since),
    });
    Ok(Written {
        id,
        kind: proposal.kind,
        revision,
        effect: match proposal.action {
            Action::Create => Effect::Created,
            Action::Withdraw => Effect::Withdrawn,
            Action::Restore => Effect::Restored,
            Action::Update | Action::Correct | Action::Redact => Effect::Changed,
        },
        position: 0,
    })
}

/// The content as its kind's rules leave it.
fn settle(
    state: &mut State,
    owner: &str,
    sealed: Arc<Sealed>,
    before: Option<&Sealed>,
) -> Result<Arc<Sealed>, Problem> {
    match sealed.content() {
        Content::Standard(standard) => standard_rules::settle(state, owner, &sealed, standard, before),
        Content::Framework(framework) => {
            framework_rules::check_revision(state, owner, framework, before)?;
            Ok(sealed)
        }
    }
}

/// What was erased for a legal reason does not come back by being sent again.
fn refuse_erased(state: &mut State, sealed: &Sealed) -> Result<(), Problem> {
    let Some(position) = state.erased_by(&sealed.sha256())? else {
        return Ok(());
    };
    Err(Problem::new(
        ProblemType::ErasedContent,
        text!(
            "此内容已由位置 {position} 的记录依法删除，不得再次写入",
            "exactly this content was erased for a legal reason by the entry at position {position}; it may not be written again"
        ),
    )
    .with("redacted_by", position))
}

/// Within one catalogue a number and an external id occur once; a slug names one framework.
fn check_keys(state: &mut State, id: Uuid, owner: &str, content: &Sealed) -> Result<(), Problem> {
    let mut problem: Option<Problem> = None;
    for key in keys_under(owner, content) {
        let Some(other) = state.bearer(&key)?.filter(|bearer| *bearer != id) else {
            continue;
        };
        let (pointer, value) = match &key {
            Key::Number(_, number) => ("/content/number", number),
            Key::ExternalId(_, external_id) => ("/content/external_id", external_id),
            Key::Slug(slug) => ("/content/slug", slug),
        };
        let detail = text!(
            "「{value}」已由条目 {other} 使用",
            "\"{value}\" is taken by entry {other}"
        );
        let problem = problem.get_or_insert_with(|| {
            Problem::new(ProblemType::Duplicate, detail.clone())
                .with("existing", json!({"id": other.to_string(), "owner": owner}))
        });
        problem.errors.push(pointer, "duplicate", detail);
    }
    problem.map_or(Ok(()), Err)
}

/// What keeps a note's words from being guessed from its hash.
pub fn salt() -> Result<[u8; 16], Problem> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(Problem::internal)?;
    Ok(salt)
}

/// The position a staged or stored revision has, once positions have been given out.
pub fn position_of(since: Since, positions: &[i64]) -> Option<i64> {
    match since {
        Since::Stored { position, .. } => Some(position),
        Since::Staged(index) => positions.get(index).copied(),
    }
}

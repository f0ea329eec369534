//! Erasing bytes for a legal reason. The leaf that says so, the erasure and the blanking of every row that was made of
//! those bytes are one transaction; the hashes stay, so that every proof still holds.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::domain::fault::Faults;
use crate::domain::permission::Scope;
use crate::domain::problem::{Problem, ProblemType};
use crate::domain::term::Term;
use crate::domain::time::Instant;
use crate::domain::vocabulary::Kind;
use crate::log::envelope::{Erased, ErasedPart, Event, Note};
use crate::log::hash::{from_hex, to_hex};
use crate::registry::append::{Appended, Occurrence, append_event};
use crate::registry::decide::{Author, require_reach, salt};
use crate::registry::replay::Kept;
use crate::registry::stored::ContentCache;
use crate::registry::work::Answer;
use crate::store::conn::Conn;
use crate::store::head::Head;
use crate::store::redaction::{self, ErasedBytes};
use crate::store::version::{self, Version};
use crate::store::{content, idempotency};
use crate::text;

/// How many things one redaction erases at most: its leaf names each of them.
pub const MOST_ERASED: usize = 50;

/// What is to be erased, and why.
#[derive(Clone, Debug)]
pub struct Redaction {
    pub entry: Uuid,
    pub revisions: Vec<i64>,
    pub parts: Vec<ErasedPart>,
    /// Whether other entries that hold the same content lose it too.
    pub include_copies: bool,
    pub reason: String,
    pub basis: String,
}

/// A redaction as the log has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Redacted {
    /// The log position of the entry that records it.
    #[schema(example = 903)]
    pub position: i64,
    #[schema(format = DateTime, example = "2026-11-21T03:04:05.000123Z")]
    pub recorded_at: String,
    #[schema(example = "city-counsel")]
    pub actor: String,
    /// The legal reason.
    #[schema(example = "起草人信息栏误录个人身份证件号码，应当删除")]
    pub reason: Option<String>,
    /// The law or order it rests on.
    #[schema(example = "《中华人民共和国个人信息保护法》第四十七条")]
    pub basis: Option<String>,
    /// Every revision that lost its content or note.
    pub erased: Vec<Erased>,
}

impl Redacted {
    /// Lets go of what a cache still has of the erased contents.
    pub fn forget_in(&self, cache: &ContentCache) {
        for hash in self.erased.iter().filter_map(|erased| from_hex(&erased.sha256)) {
            cache.forget(&hash);
        }
    }
}

/// What a redaction comes to, once it has been found permissible.
pub struct Erasure {
    erased: Vec<Erased>,
    /// Every row made of the erased contents.
    rows: Vec<Version>,
}

/// Checks a redaction against what is stored.
pub fn decide(conn: &mut Conn, author: &Author, redaction: &Redaction) -> Result<Erasure, Problem> {
    author.grant.require_scope(Scope::Admin)?;
    let entry = redaction.entry.to_string();
    let current = version::current(conn, std::slice::from_ref(&entry))?;
    let current = current.first().ok_or_else(unknown_entry)?;
    require_reach(&author.grant, &current.owner)?;
    let named = version::revisions(conn, &entry, &redaction.revisions)?;
    check_revisions(&redaction.revisions, &named)?;
    let mut erased = Vec::new();
    let mut rows = Vec::new();
    if redaction.parts.contains(&ErasedPart::Content) {
        let hashes: BTreeSet<Vec<u8>> = named
            .iter()
            .map(|version| version.content_sha256.clone())
            .collect();
        rows = version::with_contents(conn, &Vec::from_iter(hashes))?;
        check_copies(conn, author, redaction, &rows)?;
        check_frameworks(&rows)?;
        erased.extend(rows.iter().map(|version| item(version, ErasedPart::Content)));
    }
    if redaction.parts.contains(&ErasedPart::Note) {
        erased.extend(named.iter().map(|version| item(version, ErasedPart::Note)));
    }
    check_bounds(&erased)?;
    check_not_erased(conn, &erased)?;
    Ok(Erasure { erased, rows })
}

impl Erasure {
    /// Appends the leaf, erases the bytes and blanks the rows, under the head's lock.
    pub fn carry_out(
        self,
        conn: &mut Conn,
        head: &Head,
        author: &Author,
        redaction: &Redaction,
    ) -> Result<(Appended, Redacted), Problem> {
        let Self { erased, rows } = self;
        let occurrence = Occurrence {
            actor: author.grant.subject.clone(),
            request: author.request.clone(),
            note: Note::new(
                Some(redaction.reason.clone()),
                Some(redaction.basis.clone()),
                salt()?,
            ),
            event: Event::Redact(erased.clone()),
        };
        let appended = append_event(conn, head, &occurrence)?;
        let position = appended.head.position();
        let recorded_at = Instant(appended.head.last_recorded_at);
        erase(conn, &erased, position, recorded_at)?;
        for entry in rows
            .iter()
            .map(|row| row.entry_id.as_str())
            .collect::<BTreeSet<_>>()
        {
            forget_plans(conn, entry)?;
        }
        let redacted = Redacted {
            position,
            recorded_at: recorded_at.to_rfc3339(),
            actor: occurrence.actor,
            reason: occurrence.note.reason,
            basis: occurrence.note.basis,
            erased,
        };
        Ok((appended, redacted))
    }
}

/// Erases the bytes that a `redact` leaf names, and what rows took from them, and records which leaf that was.
pub fn erase(conn: &mut Conn, erased: &[Erased], position: i64, recorded_at: Instant) -> Result<(), Problem> {
    let hashes: BTreeSet<Vec<u8>> = erased
        .iter()
        .filter_map(|erased| from_hex(&erased.sha256))
        .map(|hash| hash.to_vec())
        .collect();
    let hashes = Vec::from_iter(hashes);
    content::erase(conn, &hashes, recorded_at.0)?;
    let rows = version::with_contents(conn, &hashes)?;
    version::blank(conn, rows)?;
    let rows: Vec<ErasedBytes> = hashes
        .into_iter()
        .map(|sha256| ErasedBytes { sha256, position })
        .collect();
    redaction::insert(conn, &rows)?;
    Ok(())
}

/// The answer to a push shows its rows' words: it is not kept for a retry once one of them was erased. Pushing again
/// comes to the same catalogue.
fn forget_plans(conn: &mut Conn, entry: &str) -> Result<(), Problem> {
    for kept in idempotency::naming(conn, entry)? {
        // What is kept of other things than the log's is no answer of the writer's, and shows no row.
        let answer = serde_json::from_slice(&kept.answer).map(|kept: Kept<Answer>| kept.answer);
        if matches!(answer, Ok(Answer::Push(_))) {
            idempotency::forget(conn, &kept)?;
        }
    }
    Ok(())
}

fn item(version: &Version, part: ErasedPart) -> Erased {
    let sha256 = match part {
        ErasedPart::Content => &version.content_sha256,
        ErasedPart::Note => &version.note_sha256,
    };
    Erased {
        entry: version.entry_id.clone(),
        kind: version.kind.clone(),
        part,
        position: version.from_position,
        revision: version.revision,
        sha256: to_hex(sha256),
    }
}

fn unknown_entry() -> Problem {
    let mut faults = Faults::default();
    faults.push(
        "/entry",
        "unknown_entry",
        text!("没有此条目", "there is no such entry"),
    );
    Problem::invalid(faults)
}

fn check_revisions(wanted: &[i64], found: &[Version]) -> Result<(), Problem> {
    let mut faults = Faults::default();
    for (index, revision) in wanted.iter().enumerate() {
        if !found.iter().any(|version| version.revision == *revision) {
            faults.push(
                format!("/revisions/{index}"),
                "unknown_revision",
                text!("没有第 {revision} 版", "there is no revision {revision}"),
            );
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Problem::invalid(faults))
    }
}

/// A content is kept once, by its hash: whoever else holds it loses it too, which has to be meant, and within reach.
fn check_copies(
    conn: &mut Conn,
    author: &Author,
    redaction: &Redaction,
    rows: &[Version],
) -> Result<(), Problem> {
    let named = redaction.entry.to_string();
    let mut copies: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.entry_id != named) {
        copies.entry(&row.entry_id).or_default().push(row.revision);
    }
    if copies.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = copies.keys().map(|id| (*id).to_owned()).collect();
    let holders = version::current(conn, &ids)?;
    if !redaction.include_copies {
        let listed: Vec<Value> = holders
            .iter()
            .map(|holder| {
                let revisions = copies.get(holder.entry_id.as_str());
                json!({"entry": holder.entry_id, "owner": holder.owner, "revisions": revisions})
            })
            .collect();
        let count = listed.len();
        return Err(Problem::new(
            ProblemType::SharedContent,
            text!(
                "另有 {count} 个条目持有相同内容；确属有意请设 include_copies=true",
                "{count} other entries hold the same content; if they are meant too, set `include_copies` to true"
            ),
        )
        .with("copies", listed));
    }
    for holder in &holders {
        require_reach(&author.grant, &holder.owner)?;
    }
    Ok(())
}

/// Rows stand in a framework's cells by its slug, which names it for ever: it must have a content at all times, or
/// another framework could take the slug.
fn check_frameworks(rows: &[Version]) -> Result<(), Problem> {
    let current = rows
        .iter()
        .find(|row| row.kind == Kind::Framework.id() && row.to_position.is_none());
    let Some(current) = current else {
        return Ok(());
    };
    let revision = current.revision;
    Err(Problem::new(
        ProblemType::Conflict,
        text!(
            "第 {revision} 版是框架的当前内容：请先以 PUT 提交新的内容，再删除此版",
            "revision {revision} is the framework's current content: put a new one in its place first, then erase this"
        ),
    )
    .with("entry", current.entry_id.as_str())
    .with("revision", revision))
}

fn check_bounds(erased: &[Erased]) -> Result<(), Problem> {
    let count = erased.len();
    if count <= MOST_ERASED {
        return Ok(());
    }
    let mut faults = Faults::default();
    faults.push(
        "/revisions",
        "too_many",
        text!(
            "一次最多删除 {MOST_ERASED} 项，此请求涉及 {count} 项",
            "one redaction erases at most {MOST_ERASED} items, this one concerns {count}"
        ),
    );
    Err(Problem::invalid(faults))
}

fn check_not_erased(conn: &mut Conn, erased: &[Erased]) -> Result<(), Problem> {
    let hashes: Vec<Vec<u8>> = erased
        .iter()
        .filter_map(|erased| from_hex(&erased.sha256))
        .map(|hash| hash.to_vec())
        .collect();
    let known = redaction::redacted_by(conn, &hashes)?;
    let Some(position) = known.values().min() else {
        return Ok(());
    };
    Err(Problem::new(
        ProblemType::Conflict,
        text!(
            "所列部分已由位置 {position} 的记录删除",
            "some of this was erased already, by the entry at position {position}"
        ),
    )
    .next(text!("请勿再列入这些部分", "leave out what is erased already"))
    .with("redacted_by", *position))
}

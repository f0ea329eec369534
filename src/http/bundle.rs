//! The evidence bundle: everything an auditor needs to check the log, or a part of it, without asking again.

use std::sync::Arc;

use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use uuid::Uuid;

use crate::domain::problem::Problem;
use crate::evidence::layout::{self, ErasedLine, Manifest, Scope};
use crate::evidence::proof::Inclusion;
use crate::http::answer::LOG_POSITION;
use crate::http::export::{self, Archive, Pieces};
use crate::http::negotiate::Encoding;
use crate::http::params::Params;
use crate::http::state::{Shared, State};
use crate::log::envelope::Erased;
use crate::log::note::VerifierKey;
use crate::registry::read::evidence::{self, Part, Selection};
use crate::registry::read::paths::Paths;
use crate::registry::signing::guard::Signed;
use crate::registry::signing::named_key;
use crate::store::leaf::Leaf;
use crate::store::pool::Snapshot;
use crate::text;

/// How many leaves are read at a time.
const PER_STEP: u64 = 200;

const ZIP: &str = "application/zip";

/// The recipe that goes with every bundle.
const RECIPE: &str = include_str!("../../docs/VERIFY.md");

/// Get an evidence bundle
///
/// A zip archive to check far from here, with `standards-registry verify` or with `openssl` and `sha256sum` alone: the
/// log's exact bytes, contents, notes, hashes or proofs, the signed checkpoint, its key and a recipe. Of the whole log,
/// of one entry, or of every entry that ever belonged to a division.
#[utoipa::path(
    get, path = "/v1/audit/bundle", operation_id = "get_evidence_bundle", tag = "history",
    params(
        ("entry" = Option<String>, Query, format = Uuid, description = "One entry's id", example = "01938f5e-7b1a-7000-8000-000000000001"),
        ("owner" = Option<String>, Query, description = "A division, with everything below it", example = "370214"),
        ("all" = Option<bool>, Query, description = "The whole log, as when nothing else is named", example = true),
    ),
    responses((status = 200, description = "The bundle", content((Vec<u8> = "application/zip"))))
)]
pub async fn bundle(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let scope = scope(&mut params);
    params.finish()?;
    let Some(scope) = scope else {
        return Err(Problem::internal("a bundle of nothing"));
    };
    let seal = Seal::newest(&state).await?;
    let size = i64::try_from(seal.signed.size()).map_err(Problem::internal)?;
    let part = match &scope {
        Scope::All => None,
        Scope::Entry(id) => Some(Part::Entry(id.clone())),
        Scope::Owner(code) => Some(Part::Owner(code.clone())),
    };
    let select = move |snapshot: &mut Snapshot| match &part {
        None => Ok(Selection::All { size }),
        Some(part) => evidence::select(snapshot, part, size),
    };
    let selection = state.registry.read(select).await?;
    let name = file_name(&scope, size);
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    let headers: Vec<(HeaderName, HeaderValue)> = vec![
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::CONTENT_DISPOSITION,
            disposition.map_err(Problem::internal)?,
        ),
        (LOG_POSITION, HeaderValue::from(size - 1)),
    ];
    let bundle = Bundle::new(scope, seal, selection);
    export::send(&state, ZIP, headers, Encoding::Identity, bundle).await
}

fn file_name(scope: &Scope, size: i64) -> String {
    let what = match scope {
        Scope::All => "all",
        Scope::Entry(words) | Scope::Owner(words) => words,
    };
    format!("evidence-{what}-{size}.zip")
}

/// One of the three; everything when none is named.
fn scope(params: &mut Params) -> Option<Scope> {
    let entry = params.single("entry");
    let owner = params.division("owner");
    let parts = usize::from(entry.is_some()) + usize::from(owner.is_some());
    let all = params.boolean("all").unwrap_or(parts == 0);
    if parts + usize::from(all) != 1 && params.faults.is_empty() {
        params.fault(
            "all",
            "one_of_three",
            text!(
                "entry、owner 与 all=true 只能给出其一",
                "give only one of entry, owner and all=true"
            ),
        );
    }
    if let Some(words) = entry {
        let Ok(id) = Uuid::parse_str(&words) else {
            params.fault("entry", "not_a_uuid", text!("标识应为 UUID", "an id is a UUID"));
            return None;
        };
        return Some(Scope::Entry(id.to_string()));
    }
    if let Some(code) = owner {
        return Some(Scope::Owner(code));
    }
    all.then_some(Scope::All)
}

/// The files that are written leaf by leaf, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chapter {
    Envelopes,
    Contents,
    Notes,
    LeafHashes,
    Proofs,
}

impl Chapter {
    fn file(self) -> &'static str {
        match self {
            Self::Envelopes => layout::ENVELOPES,
            Self::Contents => layout::CONTENTS,
            Self::Notes => layout::NOTES,
            Self::LeafHashes => layout::LEAF_HASHES,
            Self::Proofs => layout::PROOFS,
        }
    }
}

/// What a bundle is sealed with.
struct Seal {
    signed: Arc<Signed>,
    keys: Vec<VerifierKey>,
}

impl Seal {
    /// The newest checkpoint, and every key the log names below it.
    async fn newest(state: &State) -> Result<Self, Problem> {
        let signed = state.registry.checkpoint().await?;
        let newest = i64::try_from(signed.size()).map_err(Problem::internal)? - 1;
        let named = move |snapshot: &mut Snapshot| named_key::all(snapshot.conn, newest);
        let keys = state.registry.read(named).await?;
        Ok(Self {
            signed,
            keys: keys.into_iter().map(|named| named.key).collect(),
        })
    }
}

/// A bundle on its way.
struct Bundle {
    /// Gone once its end is written.
    archive: Option<Archive>,
    scope: Scope,
    seal: Seal,
    selection: Selection,
    chapters: std::vec::IntoIter<Chapter>,
    chapter: Option<Chapter>,
    /// Leaves of this chapter that are written.
    done: u64,
    erased: Vec<(Erased, i64)>,
    paths: Paths,
}

impl Bundle {
    fn new(scope: Scope, seal: Seal, selection: Selection) -> Self {
        let proof = match selection {
            Selection::All { .. } => Chapter::LeafHashes,
            Selection::Part { .. } => Chapter::Proofs,
        };
        let chapters = vec![Chapter::Envelopes, Chapter::Contents, Chapter::Notes, proof];
        Self {
            archive: Some(Archive::default()),
            paths: Paths::to(seal.signed.size()),
            scope,
            seal,
            selection,
            chapters: chapters.into_iter(),
            chapter: None,
            done: 0,
            erased: Vec::new(),
        }
    }

    fn preface(&self, archive: &mut Archive) -> Result<(), Problem> {
        archive.file(layout::VERIFY, RECIPE.as_bytes())?;
        archive.file(layout::CHECKPOINT, self.seal.signed.note.as_bytes())?;
        let keys: String = self.seal.keys.iter().map(|key| format!("{key}\n")).collect();
        archive.file(layout::KEYS, keys.as_bytes())
    }

    fn write(
        &mut self,
        archive: &mut Archive,
        chapter: Chapter,
        leaves: &[Leaf],
        snapshot: &mut Snapshot,
    ) -> Result<(), Problem> {
        match chapter {
            Chapter::Envelopes => {
                self.erased.extend(evidence::erased_by(leaves)?);
                for leaf in leaves {
                    line(archive, &leaf.envelope)?;
                }
            }
            Chapter::Contents => {
                for named in evidence::named_by(snapshot, leaves)? {
                    line(archive, &named.content)?;
                }
            }
            Chapter::Notes => {
                for named in evidence::named_by(snapshot, leaves)? {
                    line(archive, &named.note)?;
                }
            }
            Chapter::LeafHashes => {
                for leaf in leaves {
                    archive.write(&leaf.leaf_hash)?;
                }
            }
            Chapter::Proofs => {
                for path in self.paths.of(snapshot, leaves)? {
                    let proof = Inclusion::new(path.position, path.size, &path.leaf, &path.siblings);
                    line(archive, &serde_json::to_vec(&proof).map_err(Problem::internal)?)?;
                }
            }
        }
        Ok(())
    }

    /// What was erased of the leaves in here, and what this all is.
    fn appendix(&self, archive: &mut Archive) -> Result<(), Problem> {
        archive.begin(layout::ERASED)?;
        for (erased, redacted_by) in &self.erased {
            if self.selection.holds(erased.position) {
                let erased = ErasedLine {
                    position: erased.position,
                    part: erased.part,
                    sha256: erased.sha256.clone(),
                    redacted_by: *redacted_by,
                };
                line(archive, &serde_json::to_vec(&erased).map_err(Problem::internal)?)?;
            }
        }
        let manifest = Manifest {
            format: layout::FORMAT.to_owned(),
            scope: self.scope.clone(),
            origin: self.seal.signed.checkpoint.origin.clone(),
            size: self.seal.signed.size(),
            leaves: self.selection.count(),
            files: archive.digests().to_vec(),
        };
        let manifest = serde_json::to_vec_pretty(&manifest).map_err(Problem::internal)?;
        archive.file(layout::MANIFEST, &manifest)
    }
}

fn line(archive: &mut Archive, bytes: &[u8]) -> Result<(), Problem> {
    archive.write(bytes)?;
    archive.write(b"\n")
}

impl Pieces for Bundle {
    fn next(&mut self, snapshot: &mut Snapshot) -> Result<Option<Vec<u8>>, Problem> {
        let Some(mut archive) = self.archive.take() else {
            return Ok(None);
        };
        let Some(chapter) = self.chapter else {
            self.preface(&mut archive)?;
            return self.turn(archive);
        };
        let leaves = self.selection.leaves(snapshot, self.done, PER_STEP)?;
        if leaves.is_empty() {
            return self.turn(archive);
        }
        self.write(&mut archive, chapter, &leaves, snapshot)?;
        self.done += leaves.len() as u64;
        let piece = archive.take();
        self.archive = Some(archive);
        Ok(Some(piece))
    }
}

impl Bundle {
    /// Begins the next chapter, or ends the bundle after the last.
    fn turn(&mut self, mut archive: Archive) -> Result<Option<Vec<u8>>, Problem> {
        self.done = 0;
        self.chapter = self.chapters.next();
        let Some(chapter) = self.chapter else {
            self.appendix(&mut archive)?;
            return archive.finish().map(Some);
        };
        archive.begin(chapter.file())?;
        let piece = archive.take();
        self.archive = Some(archive);
        Ok(Some(piece))
    }
}

//! What the log says was erased against what is really gone.

use std::collections::BTreeMap;

use crate::domain::problem::Problem;
use crate::log::envelope::Erased;
use crate::log::hash::{from_hex, to_hex};
use crate::registry::check::{Finding, at};
use crate::store::conn::Conn;
use crate::store::content;
use crate::store::error::StoreError;
use crate::store::redaction::{self, ErasedBytes};

/// Hashes of erased bytes, gathered while the log is folded.
#[derive(Default)]
pub struct Erasures {
    /// Named by a redaction, with its position.
    said: BTreeMap<Vec<u8>, i64>,
    /// Without bytes, with the position of a leaf that names them.
    gone: BTreeMap<Vec<u8>, i64>,
}

impl Erasures {
    /// Takes note of a redaction.
    pub fn hear(&mut self, position: i64, erased: &[Erased]) {
        for hash in erased.iter().filter_map(|erased| from_hex(&erased.sha256)) {
            self.said.entry(hash.to_vec()).or_insert(position);
        }
    }

    /// Takes note of bytes that are not there any more.
    pub fn miss(&mut self, position: i64, sha256: Vec<u8>) {
        self.gone.entry(sha256).or_insert(position);
    }

    /// The table that the log calls for.
    fn rows(&self) -> Vec<ErasedBytes> {
        self.said
            .iter()
            .map(|(sha256, position)| ErasedBytes {
                sha256: sha256.clone(),
                position: *position,
            })
            .collect()
    }

    /// Bytes that are gone though nothing in the log says so.
    pub fn unexplained(&self) -> Vec<Finding> {
        let unsaid = self
            .gone
            .iter()
            .filter(|(hash, _)| !self.said.contains_key(*hash));
        unsaid
            .map(|(hash, position)| {
                let named = to_hex(hash);
                at(
                    *position,
                    &format!("content {named} was erased, but no redaction names it"),
                )
            })
            .collect()
    }

    /// Everything in which bytes, table and log disagree.
    pub fn findings(&self, conn: &mut Conn) -> Result<Vec<Finding>, Problem> {
        let mut findings = self.unexplained();
        findings.extend(self.still_there(conn)?);
        let mut stored: BTreeMap<Vec<u8>, i64> = redaction::all(conn)?
            .into_iter()
            .map(|row| (row.sha256, row.position))
            .collect();
        for (hash, position) in &self.said {
            if stored.remove(hash) != Some(*position) {
                let named = to_hex(hash);
                findings.push(at(
                    *position,
                    &format!("the table of redactions does not say that {named} was erased here"),
                ));
            }
        }
        for (hash, position) in stored {
            let named = to_hex(&hash);
            findings.push(at(
                position,
                &format!("the table of redactions says that {named} was erased here, the log does not"),
            ));
        }
        Ok(findings)
    }

    fn still_there(&self, conn: &mut Conn) -> Result<Vec<Finding>, StoreError> {
        let hashes: Vec<Vec<u8>> = self.said.keys().cloned().collect();
        let kept = content::by_hashes(conn, &hashes)?.into_iter();
        let kept = kept.filter(|row| row.bytes.is_some());
        let findings = kept.filter_map(|row| {
            let position = self.said.get(&row.sha256)?;
            let named = to_hex(&row.sha256);
            Some(at(
                *position,
                &format!("content {named} is still there, though this redaction erased it"),
            ))
        });
        Ok(findings.collect())
    }

    /// Makes the table again.
    pub fn write(&self, conn: &mut Conn) -> Result<(), StoreError> {
        redaction::clear(conn)?;
        redaction::insert(conn, &self.rows())
    }
}

//! The logged transaction as a `pgbench` script: what PostgreSQL does with it when nobody groups commits.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::Outcome;
use crate::bare_database::Row;

/// Transactions a second of `clients` that each append one revision shaped like `row`.
pub fn run(url: &str, row: &Row, clients: usize, time: Duration, folder: &Path) -> Outcome<f64> {
    let file = folder.join("append.sql");
    fs::write(&file, script(row)?)?;
    let threads = clients.min(std::thread::available_parallelism()?.get());
    let output = Command::new("pgbench")
        .args(["--no-vacuum", "--protocol=prepared"])
        .arg(format!("--file={}", file.display()))
        .arg(format!("--client={clients}"))
        .arg(format!("--jobs={threads}"))
        .arg(format!("--time={}", time.as_secs()))
        .arg(url)
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let words = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || words.contains("ERROR") {
        return Err(words.into());
    }
    let rate = said
        .lines()
        .find_map(|line| line.strip_prefix("tps = "))
        .and_then(|rate| rate.split(' ').next())
        .ok_or("pgbench told no rate")?;
    Ok(rate.parse()?)
}

/// One append: the head locked first, rows of the sizes the service stores, the head moved on, commit.
fn script(row: &Row) -> Outcome<String> {
    let version = &row.projected.version;
    let mut sql = String::from(
        "BEGIN;\n\
         SELECT size AS position, last_recorded_at + 1 AS recorded FROM log_head FOR UPDATE \\gset\n",
    );
    let hash = |which: u8| format!("sha256(int4send({which}) || int8send(:position))");
    let (content, note) = (hash(0), hash(1));
    writeln!(
        sql,
        "INSERT INTO log_leaf (position, recorded_at, leaf_hash, envelope) VALUES (:position, :recorded, {}, {});",
        hash(2),
        bytes(&row.leaf.envelope)
    )?;
    writeln!(
        sql,
        "INSERT INTO content (sha256, bytes, erased_at) VALUES ({content}, {}, NULL), ({note}, {}, NULL) \
         ON CONFLICT DO NOTHING;",
        bytes(row.content.bytes.as_deref().unwrap_or_default()),
        bytes(row.note.bytes.as_deref().unwrap_or_default()),
    )?;
    let columns = [
        ("kind", text(&version.kind)),
        ("revision", version.revision.to_string()),
        ("owner", text(&version.owner)),
        ("action", text(&version.action)),
        ("actor", text(&version.actor)),
        ("withdrawn", "false".to_owned()),
        ("content_sha256", content),
        ("note_sha256", note),
        ("number", "'GB/T ' || :position || '-2022'".to_owned()),
        ("number_undated", "'GB/T ' || :position".to_owned()),
        ("sort_number", text(&version.sort_number)),
        ("title", text(&version.title)),
        ("origin", optional(&version.origin)),
        ("level", optional(&version.level)),
        ("mandate", optional(&version.mandate)),
        ("supply", optional(&version.supply)),
        ("published_on", optional(&version.published_on)),
        ("implemented_on", optional(&version.implemented_on)),
        ("claimed", optional(&version.claimed)),
    ];
    let names = columns.each_ref().map(|(name, _)| *name).join(", ");
    let values = columns.each_ref().map(|(_, value)| value.as_str()).join(", ");
    writeln!(
        sql,
        "INSERT INTO entry_version (from_position, recorded_at, entry_id, {names}) VALUES \
         (:position, :recorded, '01938f5e-7b1a-7000-8000-' || lpad(to_hex(:position::bigint), 12, '0'), {values});"
    )?;
    let terms = row.projected.terms.iter();
    let terms = terms.map(|term| format!("({}, {}, :position)", text(&term.field), text(&term.term)));
    insert(&mut sql, "version_term (field, term, from_position)", terms)?;
    let placements = row.projected.placements.iter().map(|placement| {
        let (framework, cell) = (text(&placement.framework), text(&placement.cell));
        format!(
            "({framework}, :position, {}, {cell}, {})",
            placement.ordinal,
            optional(&placement.node)
        )
    });
    insert(
        &mut sql,
        "version_placement (framework, from_position, ordinal, cell, node)",
        placements,
    )?;
    let relations = row.projected.relations.iter().map(|relation| {
        let (kind, target) = (text(&relation.relation_type), text(&relation.target));
        format!(
            "(:position, {}, {kind}, {}, {target})",
            relation.ordinal,
            optional(&relation.extent)
        )
    });
    insert(
        &mut sql,
        "version_relation (from_position, ordinal, relation_type, extent, target)",
        relations,
    )?;
    writeln!(
        sql,
        "UPDATE log_head SET size = :position + 1, root = {}, frontier = frontier, last_recorded_at = :recorded \
         WHERE id = 1;\nCOMMIT;",
        hash(3)
    )?;
    Ok(sql)
}

fn insert(sql: &mut String, into: &str, rows: impl Iterator<Item = String>) -> Outcome<()> {
    let rows: Vec<String> = rows.collect();
    if !rows.is_empty() {
        writeln!(sql, "INSERT INTO {into} VALUES {};", rows.join(", "))?;
    }
    Ok(())
}

fn text(words: &str) -> String {
    format!("'{}'", words.replace('\'', "''"))
}

fn optional(words: &Option<String>) -> String {
    words.as_deref().map_or_else(|| "NULL".to_owned(), text)
}

fn bytes(bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("'\\x{hex}'::bytea")
}
